"""The decks of one mix: what is put on them, and what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from mixer.engine import commands as c
from mixer.engine.desk_state import DeskState
from mixer.engine.layout import MAX_DECKS
from mixer.engine.session import UnknownTrack
from mixer.host.settings import HostBusy
from mixer.worker.deck_tracks import DeckProblem, DeckTrack
from mixer.worker.desired import Playable
from mixer.worker.hot_cues import whole
from mixer.worker.keepsake import KeptDeck
from mixer.worker.loading import LoadFailed, TrackLoader

Outcome = Literal["loaded", "failed", "overtaken"]
Done = Callable[[Outcome], None]
"""Told once how a load ended."""


class Desk(Protocol):
    """The session of the mix, as `MixSession`."""

    def submit(self, command: c.Command) -> None: ...
    def state(self) -> DeskState | None: ...


class Decks:
    """Loads are tasks of its own; a later one for the same deck overtakes an earlier."""

    def __init__(self, desk: Desk, loader: TrackLoader) -> None:
        self.tracks = [DeckTrack() for _ in range(MAX_DECKS)]
        self._desk = desk
        self._loader = loader
        self._held: dict[int, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """Loads that are not over, overtaken ones too."""
        return len(self._tasks)

    def take_up(self, kept: Sequence[KeptDeck], state: DeskState) -> None:
        """What a worker before this one had put on the decks, as far as it is still there."""
        for index, (deck, settings) in enumerate(zip(kept, state.decks, strict=False)):
            slot = self.tracks[index]
            if deck.track is None or settings.track != deck.track.content_id:
                continue
            try:
                self._hold(index, deck.track.content_id)
            except UnknownTrack:
                continue
            slot.track, slot.entry, slot.by_auto = deck.track, deck.entry, deck.by_auto
            slot.was_played = deck.was_played
            slot.asked = slot.load = 1

    def load(
        self,
        deck: int,
        track: Playable | None,
        *,
        entry: str | None = None,
        by_auto: bool = False,
        done: Done = lambda _: None,
    ) -> None:
        """Put a track on a deck as soon as enough of it is decoded; None takes away what is there."""
        slot = self.tracks[deck]
        slot.asked += 1
        slot.problem = None
        slot.loading = track is not None
        if track is None:
            self._take_off(deck)
            return
        task = asyncio.create_task(self._load(deck, slot.asked, track, entry, by_auto, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def reload(self, track: Playable) -> None:
        """What is known of a track has changed: grid, cues and names, where it is on a deck."""
        state = self._desk.state()
        for index, slot in enumerate(self.tracks):
            if slot.track is None or slot.track.track_id != track.track_id:
                continue
            if slot.track.content_id != track.content_id:
                continue
            if track.grid is not None and track.grid != slot.track.grid:
                self._desk.submit(c.SetBeatGrid(index, *track.grid))
            if track.trim_db != slot.track.trim_db:
                self._desk.submit(c.SetTrim(index, track.trim_db))
            self._set_cues(index, track, state, clear=True)
            slot.track = track

    def present(self, state: DeskState) -> dict[int, DeckTrack]:
        """What is known of the decks that have the track they were given."""
        return {
            index: slot
            for index, (slot, deck) in enumerate(zip(self.tracks, state.decks, strict=False))
            if slot.track is not None and slot.track.content_id == deck.track
        }

    async def close(self) -> None:
        """Give the tracks back."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for content_id in self._held.values():
            self._loader.let_go(content_id)
        self._held.clear()

    async def _load(
        self, deck: int, number: int, track: Playable, entry: str | None, by_auto: bool, done: Done
    ) -> None:
        slot = self.tracks[deck]
        try:
            rest = await self._loader.until_playable(track)
            if slot.asked != number:
                done("overtaken")
                return
            self._put_on(deck, track)
        except (LoadFailed, HostBusy, UnknownTrack) as error:
            if slot.asked != number:
                done("overtaken")
                return
            slot.loading = False
            slot.problem = problem_of(error)
            done("failed")
            return
        slot.track, slot.entry, slot.by_auto, slot.load = track, entry, by_auto, number
        slot.loading = slot.was_played = False
        done("loaded")
        await asyncio.wait({rest})
        if slot.load == number and not rest.cancelled() and (failure := rest.exception()) is not None:
            # What is decoded of it goes on playing; it ends early.
            slot.problem = problem_of(failure)

    def _put_on(self, deck: int, track: Playable) -> None:
        self._hold(deck, track.content_id)
        bpm, grid = track.grid or (0.0, 0.0)
        self._desk.submit(c.Load(deck, track.content_id, bpm, grid, max(track.cue_frame, 0.0)))
        self._desk.submit(c.SetTrim(deck, track.trim_db))
        self._set_cues(deck, track, self._desk.state(), clear=False)

    def _set_cues(self, deck: int, track: Playable, state: DeskState | None, *, clear: bool) -> None:
        """Exactly where they are kept: a quantised deck would move them to its beats."""
        settings = state.decks[deck] if state is not None else None
        present = settings.hot_cues if settings is not None and clear else (None,) * 8
        changes = [(number, cue) for number, cue in enumerate(whole(track.hot_cues)) if cue != present[number]]
        if not changes:
            return
        quantize = settings is not None and settings.quantize
        if quantize:
            self._desk.submit(c.SetQuantize(deck, False))
        for number, cue in changes:
            self._desk.submit(c.ClearHotCue(deck, number) if cue is None else c.SetHotCue(deck, number, cue))
        if quantize:
            self._desk.submit(c.SetQuantize(deck, True))

    def _take_off(self, deck: int) -> None:
        slot = self.tracks[deck]
        self._desk.submit(c.Load(deck, None))
        slot.track, slot.entry, slot.by_auto, slot.load = None, None, False, slot.asked
        if content_id := self._held.pop(deck, None):
            self._loader.let_go(content_id)

    def _hold(self, deck: int, content_id: str) -> None:
        self._loader.hold(content_id)
        before = self._held.get(deck)
        self._held[deck] = content_id
        if before is not None:
            self._loader.let_go(before)


def problem_of(error: BaseException) -> DeckProblem:
    """What a DJ is told of a load that failed."""
    if isinstance(error, LoadFailed):
        return DeckProblem(error.code, str(error))
    if isinstance(error, HostBusy):
        return DeckProblem("MIXER_BUSY", "The mixer has too much to do: try again.")
    return DeckProblem("TRACK_GONE", "The decoded track was lost: try again.")
