"""The sessions of a mixer worker. All of it is called from one asyncio loop; sinks are called in encoder threads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import Callable
from typing import Final

import structlog

from mixer.clock.account import TickAccount, TickStatistics
from mixer.codecs.opus import OpusSettings
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.commands import Command, Load, LoadSample
from mixer.engine.session import UnknownTrack
from mixer.engine.wire import read_command
from mixer.host.bus_reader import BusReader
from mixer.host.engines import Engines
from mixer.host.hosted import Hosted
from mixer.host.keeping import Keeping
from mixer.host.messages import Kind, Order
from mixer.host.origins import Origin, Origins
from mixer.host.outputs import OpusOutput, Output, PacketSink, PcmSink, Tap
from mixer.host.pump import Pump
from mixer.host.resuming import fill_inbox
from mixer.host.saved_mix import SavedMix, read_all
from mixer.host.saving import Saving
from mixer.host.settings import Bus, HostBusy, HostFull, HostSettings, NotAdmitted, UnknownSession
from mixer.host.shared import Shared
from mixer.host.speech import LEAD_TICKS, Speech, Voice
from mixer.host.view import MixView, view_of
from mixer.tracks.store import TrackStore

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")

_log = structlog.get_logger(__name__)


class MixerHost:
    """`on_refused(session_id, source, seq, error)`: a command made no sense (InvalidCommand), named an UnknownTrack, or
    one engine after the other was lost over it (EngineLost). `on_engine_lost(reason)`: the spare takes over. Both are
    called on the loop.
    """

    def __init__(
        self,
        settings: HostSettings,
        *,
        on_refused: Callable[[str, str, int, Exception], None],
        on_engine_lost: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self._on_refused = on_refused
        self.tracks = TrackStore(settings.tracks_folder, max_bytes=settings.tracks_max_bytes)
        self._shared = Shared.create(settings.capacity, settings.block)
        self._account = TickAccount(settings.block / SAMPLE_RATE, self._shared.account)
        self._wake = os.eventfd(0, os.EFD_CLOEXEC)
        self._engines = Engines(
            settings, self._shared, self._wake, on_refused=self._on_order_refused, on_lost=on_engine_lost
        )
        self._pump = Pump(self._wake, settings.encoder_threads or os.cpu_count() or 1)
        settings.state_folder.mkdir(parents=True, exist_ok=True)
        self._sessions: dict[str, Hosted] = {}
        self._keeping = Keeping(settings.state_folder)
        self._saving = Saving(self._shared, self._engines, self.tracks, self._keeping, self._sessions.values)
        self._saved: dict[str, SavedMix] = {}
        self._origins = Origins()
        self._last_number = 0
        self._saves: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the engine ticks; the spare gets ready meanwhile."""
        self._saved, problems = await asyncio.to_thread(read_all, self.settings.state_folder, time.time())
        for problem in problems:
            _log.error("saved mix given up", reason=problem)
        await self._engines.start()
        self._pump.start()
        self._saves = asyncio.create_task(self._saving.run())

    async def stop(self) -> None:
        """End everything. What is on disk stays, so that a host on the same folder goes on."""
        if self._saves is not None:
            self._saves.cancel()
            await asyncio.gather(self._saves, return_exceptions=True)
            await self._saving.save()
            await asyncio.to_thread(self._pump.stop)
        await self._engines.stop()
        self._shared.close()
        os.close(self._wake)

    # Sessions.

    def open(self, session_id: str, deck_count: int = 2) -> bool:
        """A session; True when it goes on from what was on disk, with as many decks as there.

        Raises HostFull, NotAdmitted; ValueError when it is open already, or not a name of [A-Za-z0-9-], 64 at most.
        """
        if not _NAME.fullmatch(session_id):
            raise ValueError(f"{session_id!r} is not the name of a session")
        if deck_count not in (2, 4):
            raise ValueError("a session has 2 or 4 decks")
        if session_id in self._sessions:
            raise ValueError(f"{session_id} is open already")
        place = self._free_place()
        if place is None:
            raise HostFull(f"{self.settings.capacity} sessions are running")
        saved = self._saved.pop(session_id, None)
        if saved is not None:
            self._resume(saved, place)
            return True
        if not self._account.may_admit():
            raise NotAdmitted("the engine has no time for another session")
        number = self._order(Kind.OPEN, place, deck_count)
        self._add(Hosted(session_id, place, number, deck_count))
        return False

    def _add(self, hosted: Hosted) -> None:
        self._sessions[hosted.session_id] = hosted
        self._keeping.keep(hosted.session_id)

    def _resume(self, saved: SavedMix, place: int) -> None:
        for track_id in saved.snapshot.tracks:
            self._saving.hold(track_id)
        due_s = saved.at - time.time() + time.monotonic()
        fill_inbox(self._shared, place, saved.snapshot, due_s)
        number = self._order(Kind.RESUME, place, None)
        self._add(Hosted.resumed(saved, place, number))
        for fields in saved.tail:
            self.submit(saved.session_id, read_command(fields), source="", seq=0)

    def close(self, session_id: str) -> None:
        """End a session, its outputs, its microphone and what is on disk. Raises UnknownSession, as all below."""
        hosted = self._get(session_id)
        for output in tuple(hosted.outputs):
            output.stop()
        self.set_microphone(session_id, None)
        self._order(Kind.CLOSE, hosted.place, None)
        del self._sessions[session_id]
        self._keeping.forget(session_id)

    @property
    def session_ids(self) -> tuple[str, ...]:
        """What is open."""
        return tuple(self._sessions)

    def _get(self, session_id: str) -> Hosted:
        try:
            return self._sessions[session_id]
        except KeyError:
            raise UnknownSession(session_id) from None

    def _free_place(self) -> int | None:
        taken = {hosted.place for hosted in self._sessions.values()}
        return next((place for place in range(self.settings.capacity) if place not in taken), None)

    # Commands.

    def _order(self, kind: Kind, place: int, value: object) -> int:
        self._last_number += 1
        self._engines.put(Order(self._last_number, time.monotonic(), kind, place, value))
        return self._last_number

    def submit(self, session_id: str, command: Command, *, source: str, seq: int) -> bool:
        """Queue a command; it takes effect at the next block. False when the same source sent a newer of its kind.

        An empty `source` is the worker itself: not numbered, and nobody waits for it. Raises HostBusy.
        """
        hosted = self._get(session_id)
        applied = self._engines.forget_applied()
        if self._engines.journal.is_full(hosted.place):
            raise HostBusy(session_id)
        if source and not hosted.newest.is_new(source, seq, command):
            return False
        number = self._last_number = self._last_number + 1
        if isinstance(command, Load | LoadSample) and command.track is not None:
            # One that is not there is refused by the engine, in its turn.
            with contextlib.suppress(UnknownTrack):
                self._saving.hold(command.track)
                hosted.loads[number] = command.track
        self._origins.note(number, Origin(session_id, source, seq))
        if source:
            hosted.pending.note(source, seq, number, applied=applied)
        self._engines.put(Order.apply(number, time.monotonic(), hosted.place, command))
        return True

    def _on_order_refused(self, number: int, error: Exception) -> None:
        if (origin := self._origins.take(number)) is not None:
            self._on_refused(origin.session_id, origin.source, origin.seq, error)

    def not_yet_in(self, view: MixView, session_id: str) -> dict[str, int]:
        """Of each source with commands that `view` is too old to show, the number of the first of them."""
        return self._get(session_id).pending.firsts(applied=view.number)

    # What is there.

    def view(self, session_id: str) -> MixView | None:
        """The session after its newest tick, a few milliseconds old; None until the engine has it."""
        hosted = self._get(session_id)
        return view_of(self._shared, hosted.place, hosted.generation)

    def encode(self, session_id: str, bus: Bus, settings: OpusSettings, sink: PacketSink) -> Output:
        """Encode a bus from now on."""
        hosted = self._get(session_id)
        reader = self._reader(hosted, bus)
        return self._run(hosted, OpusOutput(reader, settings, sink, self._ending(hosted), turn=hosted.place))

    def tap(self, session_id: str, bus: Bus, sink: PcmSink) -> Output:
        """The samples of a bus from now on, a block at a time."""
        hosted = self._get(session_id)
        return self._run(hosted, Tap(self._reader(hosted, bus), sink, self._ending(hosted)))

    def _reader(self, hosted: Hosted, bus: Bus) -> BusReader:
        return BusReader(self._shared, hosted.place, hosted.generation, bus)

    def _run(self, hosted: Hosted, output: Output) -> Output:
        hosted.outputs.add(output)
        self._pump.add(output)
        return output

    def _ending(self, hosted: Hosted) -> Callable[[Output], None]:
        def end(output: Output) -> None:
            # Also called in encoder threads.
            self._pump.remove(output)
            hosted.outputs.discard(output)

        return end

    def set_microphone(self, session_id: str, voice: Voice | None) -> None:
        """Whose samples go into the session's microphone; `microphone_lead_frames` later they are in the mix."""
        hosted = self._get(session_id)
        if hosted.speech is not None:
            self._pump.remove(hosted.speech)
            hosted.speech = None
        if voice is not None:
            hosted.speech = Speech(self._shared, hosted.place, voice)
            self._pump.add(hosted.speech)

    @property
    def microphone_lead_frames(self) -> int:
        """By how much what a Voice gives now is later in the mix; add MicrophoneReceiver.delay_frames."""
        return LEAD_TICKS * self.settings.block

    def statistics(self) -> TickStatistics:
        """How well the clock keeps its deadlines; across engine processes."""
        return self._account.statistics()

    def may_admit(self) -> bool:
        """Whether `open` would find place and time."""
        return self._free_place() is not None and self._account.may_admit()

    @property
    def engine_pid(self) -> int | None:
        """The process that keeps the clock; None while there is none."""
        return self._engines.pid
