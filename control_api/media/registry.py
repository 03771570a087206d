"""Which media workers are alive and what each says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from control_api.errors import ApiError, ErrorKind
from control_api.media.models import WorkerSnapshot
from control_api.valkey import valkey_outages

WORKERS = "media:workers"
CHANGED = "media:changed"
BUSY = 0.7
"""From this load on, viewers go to other workers than the one that has the publisher."""

log = structlog.get_logger(__name__)


class NoMediaWorker(ApiError):
    code = "NO_MEDIA_WORKER"
    kind = ErrorKind.UNAVAILABLE
    message = "No media server can take the stream right now; try again shortly."

    def __init__(self) -> None:
        super().__init__(retry_after_s=2)


@dataclass(frozen=True, slots=True)
class WorkerLease:
    """A worker and how much longer its word counts, in milliseconds."""

    worker: WorkerSnapshot
    remaining_ms: int


class WorkerRegistry:
    """Reads the snapshots of live workers. A worker whose lease ran out is not among them."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def leases(self) -> dict[str, WorkerLease]:
        """Every live worker by its id. Raises ServiceUnavailable."""
        with valkey_outages():
            worker_ids = sorted(cast("set[str]", await self._valkey.smembers(WORKERS)))
            if not worker_ids:
                return {}
            async with self._valkey.pipeline(transaction=False) as pipeline:
                for worker_id in worker_ids:
                    pipeline.get(_lease_key(worker_id))
                    pipeline.pttl(_lease_key(worker_id))
                answers = await pipeline.execute()
        leases: dict[str, WorkerLease] = {}
        for worker_id, raw, remaining_ms in zip(worker_ids, answers[::2], answers[1::2], strict=True):
            worker = _parse(worker_id, raw)
            if worker is not None:
                leases[worker_id] = WorkerLease(worker, max(0, remaining_ms))
        return leases

    async def workers(self) -> dict[str, WorkerSnapshot]:
        """The snapshot of every live worker by its id. Raises ServiceUnavailable."""
        return {worker_id: lease.worker for worker_id, lease in (await self.leases()).items()}


def least_loaded(workers: Mapping[str, WorkerSnapshot], streams_of: Mapping[str, int]) -> WorkerSnapshot:
    """The worker with the fewest viewers and streams; `streams_of` counts those PostgreSQL has given to each, so
    that streams which are only about to start count too. Raises NoMediaWorker."""
    staying = [worker for worker in workers.values() if not worker.draining]
    if not staying:
        raise NoMediaWorker
    return min(staying, key=lambda w: (w.viewers + streams_of.get(w.worker_id, 0), w.worker_id))


def for_publisher(workers: Mapping[str, WorkerSnapshot], home_id: str, streams_of: Mapping[str, int]) -> WorkerSnapshot:
    """Where a publisher goes on: at the stream's own worker while that stays. Raises NoMediaWorker."""
    home = workers.get(home_id)
    return home if home is not None and not home.draining else least_loaded(workers, streams_of)


def for_viewer(workers: Mapping[str, WorkerSnapshot], home_id: str) -> WorkerSnapshot:
    """Where a viewer is sent the stream by WebRTC: at its own worker while that is not busy, else at the least busy
    one that stays, which pulls it from there. Raises NoMediaWorker."""
    staying = [worker for worker in workers.values() if not worker.draining]
    if not staying:
        raise NoMediaWorker
    home = workers.get(home_id)
    if home is not None and not home.draining and home.load < BUSY:
        return home
    return min(staying, key=lambda w: (w.load, w.viewers, w.worker_id))


def _lease_key(worker_id: str) -> str:
    return f"media:worker:{worker_id}"


def _parse(worker_id: str, raw: str | None) -> WorkerSnapshot | None:
    if raw is None:
        return None
    try:
        return WorkerSnapshot.model_validate_json(raw)
    except ValidationError as error:
        log.warning("worker_snapshot_unreadable", worker_id=worker_id, problems=error.error_count())
        return None
