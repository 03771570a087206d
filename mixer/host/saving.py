"""Once a second, what is on disk of the sessions is renewed, and tracks that are on no deck are let go of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog

from mixer.host.engines import Engines
from mixer.host.hosted import Hosted
from mixer.host.keeping import Keeping, Present, touch_tracks
from mixer.host.messages import Kind
from mixer.host.shared import Shared, tracks_in
from mixer.tracks.store import TrackStore

_SAVE_S: Final = 1.0

_log = structlog.get_logger(__name__)


class Saving:
    """`sessions` gives those that are open. `run` until cancelled."""

    def __init__(
        self,
        shared: Shared,
        engines: Engines,
        tracks: TrackStore,
        keeping: Keeping,
        sessions: Callable[[], Collection[Hosted]],
    ) -> None:
        self._shared, self._engines, self._tracks, self._keeping = shared, engines, tracks, keeping
        self._sessions = sessions
        self._held: set[str] = set()

    def hold(self, track_id: str) -> None:
        """Keep a track from being evicted while a deck has it, or is about to. Raises UnknownTrack."""
        self._tracks.get_track(track_id)
        self._held.add(track_id)

    async def run(self) -> None:
        """Save each second. One that fails is logged, and the next may go better."""
        while True:
            await asyncio.sleep(_SAVE_S)
            try:
                await self.save()
            except Exception:  # noqa: BLE001 - logged with its traceback; without saving, the shows go on
                _log.exception("sessions_not_saved")

    async def save(self) -> None:
        """Write what is now, and look after the tracks of all decks."""
        applied = self._engines.forget_applied()
        offset_s = time.time() - time.monotonic()
        present = []
        needed: set[str] = set()
        for hosted in self._sessions():
            hosted.loads = {number: track for number, track in hosted.loads.items() if number > applied}
            needed.update(hosted.loads.values())
            found = self._shared.copy_of(hosted.place)
            if found is None or found[1]["generation"] != hosted.generation:
                continue
            head, copy, _ = found
            needed.update(tracks_in(copy).values())
            tail = self._engines.journal.of(hosted.place, after=int(head["number"]))
            present.append(
                Present(
                    hosted.session_id,
                    hosted.deck_count,
                    float(head["due_s"]) + offset_s,
                    copy,
                    tuple(order.value for order in tail if order.kind is Kind.APPLY),
                    tuple(hosted.newest.entries()),
                )
            )
        for track_id in self._held - needed:
            self._tracks.release(track_id)
        self._held &= needed
        await asyncio.to_thread(self._write, present)

    def _write(self, present: Sequence[Present]) -> None:
        self._keeping.write(present)
        touch_tracks(self._tracks, present)
