"""The sessions of a mixer worker. All of it is called from one asyncio loop; sinks are called in encoder threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixer.clock import TickStatistics
from mixer.codecs.opus import OpusSettings
from mixer.engine.commands import Command
from mixer.host.settings import Bus, HostSettings
from mixer.host.view import MixView
from mixer.tracks.store import TrackStore

PacketSink = Callable[[int, bytes], None]
"""Given the frame of a packet's first sample and the packet. Must not block: one that takes 50 ms is dropped."""
PcmSink = Callable[[int, NDArray[np.float32]], None]
"""Given the frame of the first sample and float32 of shape (frames, 2), the sink's own. As a PacketSink."""


class Voice(Protocol):
    """Where a microphone's samples come from: `codecs.microphone.MicrophoneReceiver`."""

    def take(self, frames: int) -> NDArray[np.float32]:
        """The next samples, float32 (frames, 2); silence when there are none. Called in an encoder thread."""
        ...


class Output:
    """An encoder or a tap that runs until it is stopped, or its session closed."""

    def stop(self) -> None:
        """The sink is not called any more once this returns, unless it is being called now."""
        raise NotImplementedError

    @property
    def is_dropped(self) -> bool:
        """Whether the sink was too slow, or raised, and is not called any more."""
        raise NotImplementedError

    @property
    def gaps(self) -> int:
        """How often frames were missing: the engine was lost, or this process too slow."""
        raise NotImplementedError


class MixerHost:
    """`on_refused(session_id, source, seq, error)`: a command made no sense (InvalidCommand) or named an UnknownTrack.

    `on_engine_lost(reason)`: the spare takes over. Both are called on the loop.
    """

    def __init__(
        self,
        settings: HostSettings,
        *,
        on_refused: Callable[[str, str, int, Exception], None],
        on_engine_lost: Callable[[str], None],
    ) -> None: ...

    tracks: TrackStore

    async def start(self) -> None:
        """Returns when the engine ticks; the spare gets ready meanwhile."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End everything. What is on disk stays, so that a host on the same folder goes on."""
        raise NotImplementedError

    def open(self, session_id: str, deck_count: int = 2) -> bool:
        """A session; True when it goes on from what was on disk, with as many decks as there.

        Raises HostFull, NotAdmitted; ValueError when it is open already, or not a name of [A-Za-z0-9-], 64 at most.
        """
        raise NotImplementedError

    def close(self, session_id: str) -> None:
        """End a session, its outputs, its microphone and what is on disk. Raises UnknownSession, as all below."""
        raise NotImplementedError

    @property
    def session_ids(self) -> tuple[str, ...]:
        """What is open."""
        raise NotImplementedError

    def submit(self, session_id: str, command: Command, *, source: str, seq: int) -> bool:
        """Queue a command; it takes effect at the next block. False when the same source sent a newer of its kind.

        An empty `source` is the worker itself: not numbered, not acknowledged. Raises HostBusy.
        """
        raise NotImplementedError

    def acks(self, session_id: str) -> dict[str, int]:
        """Of each source, up to which number everything was applied, refused or overtaken."""
        raise NotImplementedError

    def view(self, session_id: str) -> MixView | None:
        """The session after its newest tick, a few milliseconds old; None until the engine has it."""
        raise NotImplementedError

    def encode(self, session_id: str, bus: Bus, settings: OpusSettings, sink: PacketSink) -> Output:
        """Encode a bus from now on."""
        raise NotImplementedError

    def tap(self, session_id: str, bus: Bus, sink: PcmSink) -> Output:
        """The samples of a bus from now on, a block at a time."""
        raise NotImplementedError

    def set_microphone(self, session_id: str, voice: Voice | None) -> None:
        """Whose samples go into the session's microphone; `microphone_lead_frames` later they are in the mix."""
        raise NotImplementedError

    @property
    def microphone_lead_frames(self) -> int:
        """By how much what a Voice gives now is later in the mix; add MicrophoneReceiver.delay_frames."""
        raise NotImplementedError

    def statistics(self) -> TickStatistics:
        """How well the clock keeps its deadlines; across engine processes."""
        raise NotImplementedError

    def may_admit(self) -> bool:
        """Whether `open` would find place and time."""
        raise NotImplementedError

    @property
    def engine_pid(self) -> int | None:
        """The process that keeps the clock; None while there is none."""
        raise NotImplementedError
