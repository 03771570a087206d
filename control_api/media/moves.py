"""Who has to ask where to go: those at a worker that is gone, was started again, or is about to leave."""

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
        self._started_at: dict[str, float] = {}
        self._told_at: dict[Move, datetime] = {}

    @property
    def known_workers(self) -> Collection[str]:
        """Those that had rooms when they were last seen."""
        return self._rooms.keys()

    def look(self, workers: Mapping[str, WorkerSnapshot], gone: Collection[str], now: datetime) -> list[Move]:
        """What to tell now. `gone` are workers of whom nothing more is to be expected."""
        again = [worker_id for worker_id, worker in workers.items() if self._was_started_again(worker)]
        ended = [*gone, *again]
        wanted = [Move(stream_id, worker_id) for worker_id in ended for stream_id in self._rooms.pop(worker_id, ())]
        for worker_id, worker in workers.items():
            self._started_at[worker_id] = worker.started_at
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

    def _was_started_again(self, worker: WorkerSnapshot) -> bool:
        """Whether nobody who was at the one of that name is there any more."""
        return self._started_at.get(worker.worker_id, worker.started_at) != worker.started_at

    def _is_due(self, move: Move, now: datetime) -> bool:
        told_at = self._told_at.get(move)
        return told_at is None or now - told_at >= self._again_after
