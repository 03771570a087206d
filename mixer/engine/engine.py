"""All sessions of a process, rendered by one call. It has no clock: whoever calls `render` is the clock."""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.effects.state import MEMORY
from mixer.dsp.resample import sinc_tables
from mixer.dsp.units import BLOCK, QUANTUM
from mixer.engine.claims import are_done, no_claims, offer
from mixer.engine.commands import BeatJump, Command, ExtendTrack, Play, SetBeatGrid, SetSync
from mixer.engine.desk_state import DeskState, Moment, desk_of, moment_of
from mixer.engine.event_log import EventLog
from mixer.engine.layout import EFFECT_SLOTS, SESSION, WORK
from mixer.engine.leap import leap
from mixer.engine.render import render_sessions
from mixer.engine.session import Session, TrackSource, initialise
from mixer.engine.snapshot import Snapshot, restore, take

_RENDERER, _HELPER = range(2)
_THREADS: Final = 2


class EngineFull(RuntimeError):
    """Every place for a session is taken."""


def memory_shape(capacity: int) -> tuple[int, int, int, int]:
    """The shape of the delay lines of `capacity` sessions, float32."""
    return capacity, EFFECT_SLOTS, MEMORY, 2


class Engine:
    """Holds up to `capacity` sessions. `programme`, `cue` and `record` are (capacity, block, 2), valid after `render`.

    `microphone`, of the same shape, is read by `render`; whoever feeds it clears it when nobody speaks. All four may be
    replaced by other arrays of that shape between two blocks. `memory` are the delay lines, of `memory_shape`: where
    other processes see them too, they outlive this one.
    """

    def __init__(
        self,
        capacity: int,
        tracks: TrackSource,
        *,
        block: int = BLOCK,
        memory: NDArray[np.float32] | None = None,
        keeps_logs: bool = True,
    ) -> None:
        if block <= 0 or block % QUANTUM:
            raise ValueError(f"a block is a multiple of {QUANTUM} frames")
        self.capacity = capacity
        self.block = block
        self.tracks = tracks
        shape = (capacity, block, 2)
        self.microphone: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.programme: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.cue: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.record: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._states: NDArray[Any] = np.zeros(capacity, SESSION)
        # Four megabytes a session of address space, of which the kernel gives pages only where an effect writes.
        self._memory = np.zeros(memory_shape(capacity), np.float32) if memory is None else memory
        self._keeps_logs = keeps_logs
        self._works: list[NDArray[Any]] = [np.zeros(1, WORK) for _ in range(_THREADS)]
        self._claims = no_claims()
        self._number = 0
        self._offered = self._block()
        self._tables = sinc_tables()
        self._sessions: dict[int, Session] = {}
        self._logs: dict[int, EventLog] = {}

    def prewarm(self) -> None:
        """Compile every kernel, or load it from its cache: to be done before the first deadline. Sounds of nobody."""
        rehearsal = Engine(1, self.tracks, block=self.block)
        place = rehearsal.open()
        for deck in range(2):
            rehearsal.apply(place, SetBeatGrid(deck, 120.0, 0.0))
            rehearsal.apply(place, Play(deck, True))
        # What Python itself calls of the transport is compiled apart from what the renderer calls.
        rehearsal.apply(place, SetSync(1, True))
        rehearsal.apply(place, BeatJump(0, 1.0))
        rehearsal.render()
        rehearsal.leap(place, self.block)

    def _free_place(self) -> int:
        for place in range(self.capacity):
            if place not in self._sessions:
                return place
        raise EngineFull(f"{self.capacity} sessions are running")

    def open(self, deck_count: int = 2, *, place: int | None = None) -> int:
        """A new session; its place in the arrays, the first free one unless told. Raises EngineFull."""
        place = self._free_place() if place is None else place
        initialise(self._states[place], deck_count)
        self._begin(place, Session(self._states[place], self.tracks))
        return place

    def restore(self, snapshot: Snapshot, *, place: int | None = None) -> int:
        """A session that goes on where `snapshot` was taken. Raises EngineFull, UnknownTrack."""
        place = self._free_place() if place is None else place
        self._begin(place, restore(snapshot, self._states[place], self._memory[place], self.tracks))
        return place

    def _begin(self, place: int, session: Session) -> None:
        self._sessions[place] = session
        if self._keeps_logs:
            self._logs[place] = EventLog(take(session, self._memory[place]), int(session.state["frame"]))

    def close(self, place: int) -> None:
        """End a session; its outputs are silent from now on."""
        del self._sessions[place]
        self._logs.pop(place, None)
        self._states[place]["active"] = 0
        for bus in (self.programme, self.cue, self.record, self.microphone):
            bus[place] = 0.0

    @property
    def places(self) -> tuple[int, ...]:
        """The sessions that are open."""
        return tuple(sorted(self._sessions))

    def frame(self, place: int) -> int:
        """Frames rendered so far."""
        return int(self._states[place]["frame"])

    def apply(self, place: int, command: Command) -> None:
        """Apply a command before the next block. Raises InvalidCommand, UnknownTrack."""
        session = self._sessions[place]
        session.apply(command)
        log = self._logs.get(place)
        if log is None:
            return
        if log.is_full:
            log.begin_anew(take(session, self._memory[place]), self.frame(place))
        else:
            log.add(self.frame(place), command)

    def submit(self, place: int, command: Command, *, source: str, seq: int) -> bool:
        """Apply a command of a device; False, and nothing done, when a newer one of its kind was already applied."""
        if not self._sessions[place].newest.is_new(source, seq, command):
            return False
        self.apply(place, command)
        return True

    def grow_tracks(self, place: int) -> None:
        """Tell the decks of a session how much more of their tracks has been decoded: now and then, between blocks."""
        session = self._sessions[place]
        for index, track in enumerate(session.loaded):
            if track is None:
                continue
            deck = session.state["decks"][index]
            # The length is an estimate until the last frame is there, so it may change after that.
            frames = track.frames
            length = max(track.length, frames)
            if frames > deck["frames"] or length != deck["length"]:
                self.apply(place, ExtendTrack(index, frames, length))

    def leap(self, place: int, frames: int) -> None:
        """Move a session on by whole quanta without rendering it: only its playheads."""
        leap(self._states, place, frames // QUANTUM)

    def ease_limiter_meters(self, share: float) -> None:
        """Let the limiters' deepest reductions come back by `share` of their way, for who only reads them."""
        reduction = self._states["limiter"]["reduction"]
        reduction += share * (1.0 - reduction)

    @property
    def records(self) -> NDArray[np.uint8]:
        """The records of all places as bytes, (capacity, SESSION.itemsize); not to be written."""
        return self._states.view(np.uint8).reshape(self.capacity, SESSION.itemsize)

    def held_tracks(self, place: int) -> dict[int, str]:
        """The tracks that a session may still read, by the address of their samples."""
        return {track.pcm.ctypes.data: track.id for track in self._sessions[place].held}

    def frames(self) -> NDArray[np.int64]:
        """How much of each place was rendered; −1 where there is no session."""
        frames: NDArray[np.int64] = np.where(self._states["active"] != 0, self._states["frame"], -1)
        return frames

    def desk(self, place: int) -> DeskState:
        """Every setting of a session."""
        return desk_of(self._sessions[place].state, self.held_tracks(place))

    def moment(self, place: int) -> Moment:
        """What moves in a session."""
        return moment_of(self._sessions[place].state)

    def faults(self, place: int) -> int:
        """How often a session's samples were no numbers, and it was begun anew."""
        return int(self._sessions[place].state["faults"])

    def snapshot(self, place: int) -> Snapshot:
        """All of a session, between two blocks."""
        return take(self._sessions[place], self._memory[place])

    def log(self, place: int) -> EventLog:
        """The events of a session since its start, or since the log was last full."""
        return self._logs[place]

    def render(self) -> None:
        """Render the next block of every session. Returns when those that `help` does are done as well."""
        self._offer()
        self._finish_block()

    def help(self) -> bool:
        """Render, while another thread is in `render`, sessions that it has not come to; whether there were any.

        The samples are the same, whoever renders them. For one thread at a time.
        """
        return self._render(_HELPER) > 0

    def _offer(self) -> None:
        """Let the sessions of the next block be claimed."""
        self._number += 1
        offer(self._claims, self._number)
        self._offered = self._block()

    def _finish_block(self) -> None:
        self._render(_RENDERER)
        while not are_done(self._claims, self.capacity):
            # The helper has no processor, which may be one that this thread keeps from it.
            os.sched_yield()

    def _block(self) -> tuple[int, *tuple[NDArray[np.float32], ...]]:
        """The number of the block that is rendered, and its buses."""
        return self._number, self.microphone, self.programme, self.cue, self.record

    def _render(self, thread: int) -> int:
        number, *buses = self._offered
        work = self._works[thread]
        return render_sessions(self._claims, number, self._states, work, self._tables, self._memory, *buses)


def replay(
    log: EventLog, tracks: TrackSource, until_frame: int, *, microphone: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Render the programme of a log again, of shape (until_frame − start, 2), whole quanta.

    `microphone`, of that shape, is what was said. The samples are those that were broadcast, bit for bit.
    """
    engine = Engine(1, tracks, block=QUANTUM)
    place = engine.restore(log.start)
    out = np.zeros((until_frame - log.start_frame, 2), np.float32)
    waiting = list(reversed(log.events))
    for start in range(0, len(out) - QUANTUM + 1, QUANTUM):
        while waiting and waiting[-1].frame <= log.start_frame + start:
            engine.apply(place, waiting.pop().command)
        if microphone is not None:
            engine.microphone[place] = microphone[start : start + QUANTUM]
        engine.render()
        out[start : start + QUANTUM] = engine.programme[place]
    return out
