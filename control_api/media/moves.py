"""Who has to go to another worker: those at one that is gone, and those at one that is about to leave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from control_api.identity import StreamId
from control_api.media.models import WorkerSnapshot

AGAIN_AFTER = timedelta(seconds=3)
"""Somebody may have missed the word, or have been sent back for want of room."""


@dataclass(frozen=True, slots=True)
class Move:
    """Whoever publishes or watches this stream at this worker is to ask anew where to."""

    stream_id: StreamId
    worker_id: str


class Moves:
    """Remembers what each worker had, so that it is known when it is gone."""

    def __init__(self, again_after: timedelta = AGAIN_AFTER) -> None:
        self._again_after = again_after
        self._rooms: dict[str, frozenset[StreamId]] = {}
        self._told_at: dict[Move, datetime] = {}

    @property
    def known_workers(self) -> Collection[str]:
        """Those that had rooms when they were last seen."""
        return self._rooms.keys()

    def look(self, workers: Mapping[str, WorkerSnapshot], gone: Collection[str], now: datetime) -> list[Move]:
        """What to tell now. `gone` are workers of whom nothing more is to be expected."""
        wanted = [Move(stream_id, worker_id) for worker_id in gone for stream_id in self._rooms.pop(worker_id, ())]
        for worker_id, worker in workers.items():
            there = frozenset(stream_id for stream_id, room in worker.rooms.items() if room.state != "ended")
            if there:
                self._rooms[worker_id] = there
            else:
                self._rooms.pop(worker_id, None)
            if worker.draining:
                wanted += [Move(stream_id, worker_id) for stream_id in sorted(there)]
        due = [move for move in wanted if self._is_due(move, now)]
        self._told_at = {move: at for move, at in self._told_at.items() if now - at < self._again_after}
        self._told_at.update(dict.fromkeys(due, now))
        return due

    def _is_due(self, move: Move, now: datetime) -> bool:
        told_at = self._told_at.get(move)
        return told_at is None or now - told_at >= self._again_after
