"""The pads of a mix's sampler: what is put on them, and what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mixer.engine import commands as c
from mixer.engine.desk_state import DeskState
from mixer.engine.layout import PADS
from mixer.engine.session import UnknownTrack
from mixer.worker.deck_tracks import DeckProblem
from mixer.worker.decks import Desk, problem_of
from mixer.worker.desired import Playable
from mixer.worker.loading import TrackLoader

LONGEST_S: Final = 60.0
"""What is longer belongs on a deck. A pad is played from memory that is ready to the end."""


@dataclass(slots=True)
class PadSound:
    """`asked` counts what was asked for, so that a load that is overtaken knows it."""

    track: Playable | None = None
    loading: bool = False
    problem: DeckProblem | None = None
    asked: int = 0


class Pads:
    """Loads are tasks of its own; a later one for the same pad overtakes an earlier."""

    def __init__(self, desk: Desk, loader: TrackLoader) -> None:
        self.sounds = [PadSound() for _ in range(PADS)]
        self._desk = desk
        self._loader = loader
        self._held: dict[int, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """Loads that are not over."""
        return len(self._tasks)

    def take_up(self, kept: Sequence[Playable | None], state: DeskState) -> None:
        """What a worker before this one had put on the pads, as far as it is still there."""
        for index, (track, settings) in enumerate(zip(kept, state.pads, strict=False)):
            if track is None or settings.track != track.content_id:
                continue
            try:
                self._hold(index, track.content_id)
            except UnknownTrack:
                continue
            self.sounds[index].track = track

    def load(self, pad: int, track: Playable | None) -> None:
        """Put a track on a pad when all of it is decoded; None empties the pad."""
        sound = self.sounds[pad]
        sound.asked += 1
        sound.loading, sound.problem = track is not None, None
        if track is None:
            self._desk.submit(c.LoadSample(pad, None))
            sound.track = None
            self._let_go(pad)
            return
        task = asyncio.create_task(self._load(pad, sound.asked, track))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give the tracks back."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pad in list(self._held):
            self._let_go(pad)

    async def _load(self, pad: int, number: int, track: Playable) -> None:
        sound = self.sounds[pad]
        bringing = self._loader.begin(track)
        await asyncio.wait({bringing})
        if sound.asked != number:
            return
        sound.loading = False
        try:
            bringing.result()
            self._hold(pad, track.content_id)
            self._desk.submit(c.LoadSample(pad, track.content_id))
        except Exception as error:  # noqa: BLE001 - whatever it is, the DJ is told, and the pad plays what it played
            sound.problem = problem_of(error)
            return
        sound.track = track

    def _hold(self, pad: int, content_id: str) -> None:
        self._loader.hold(content_id)
        self._let_go(pad)
        self._held[pad] = content_id

    def _let_go(self, pad: int) -> None:
        if content_id := self._held.pop(pad, None):
            self._loader.let_go(content_id)
