"""Looks at what the process stands on, at most once a second however often it is asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from control_api.db.pool import Database
from control_api.errors import ApiError, ErrorKind, ServiceUnavailable
from control_api.health.models import DetailedView, MediaView, MixersView, MixerView, PartView, UpView, WorkerView
from control_api.media.mixers import MixerRegistry
from control_api.media.registry import WorkerRegistry
from control_api.valkey import valkey_outages

FRESH_S = 1.0


class Degraded(ApiError):
    code = "DEGRADED"
    kind = ErrorKind.UNAVAILABLE
    message = "Some of what the service stands on is not available."


class HealthService:
    def __init__(self, database: Database, valkey: Redis, workers: WorkerRegistry, mixers: MixerRegistry) -> None:
        self._database = database
        self._valkey = valkey
        self._workers = workers
        self._mixers = mixers
        self._started = time.monotonic()
        self._lock = asyncio.Lock()
        self._latest: tuple[float, DetailedView] | None = None

    def up(self) -> UpView:
        return UpView(uptime_seconds=self._uptime_s())

    async def detailed(self) -> DetailedView:
        """Raises Degraded, with what was found in its details, unless all is well."""
        # Anyone may ask, so asking often must not be a way to keep the databases busy.
        async with self._lock:
            if self._latest is None or time.monotonic() - self._latest[0] > FRESH_S:
                view = await self._look()
                self._latest = (time.monotonic(), view)
            view = self._latest[1]
        if view.status != "ok":
            raise Degraded(details=view.model_dump(mode="json", by_alias=True), retry_after_s=2)
        return view

    async def _look(self) -> DetailedView:
        postgresql, valkey, media, mixing = await asyncio.gather(
            _timed(self._database.ping), _timed(self._ping_valkey), self._media(), self._mixing()
        )
        # Without a mixer the streams of cameras go on as ever, so `mixing` is told, but is not what all stands on.
        is_well = postgresql.status == valkey.status == media.status == "ok"
        return DetailedView(
            status="ok" if is_well else "degraded",
            uptime_seconds=self._uptime_s(),
            postgresql=postgresql,
            valkey=valkey,
            media=media,
            mixing=mixing,
        )

    async def _ping_valkey(self) -> None:
        with valkey_outages():
            await self._valkey.ping()

    async def _media(self) -> MediaView:
        try:
            leases = await self._workers.leases()
        except ServiceUnavailable:
            return MediaView(status="unavailable", workers=[])
        workers = [
            WorkerView(
                worker_id=lease.worker.worker_id,
                lease_remaining_ms=lease.remaining_ms,
                viewers=lease.worker.viewers,
                rooms=len(lease.worker.rooms),
            )
            for lease in leases.values()
        ]
        return MediaView(status="ok" if workers else "unavailable", workers=workers)

    async def _mixing(self) -> MixersView:
        try:
            mixers = await self._mixers.mixers()
        except ServiceUnavailable:
            return MixersView(status="unavailable", mixers=[])
        views = [
            MixerView(
                mixer_id=mixer.mixer_id, mixes=len(mixer.mixes), capacity=mixer.capacity, may_admit=mixer.may_admit
            )
            for mixer in mixers.values()
        ]
        return MixersView(status="ok" if views else "unavailable", mixers=views)

    def _uptime_s(self) -> int:
        return int(time.monotonic() - self._started)


async def _timed(check: Callable[[], Awaitable[None]]) -> PartView:
    started = time.perf_counter()
    try:
        await check()
    except ServiceUnavailable:
        return PartView(status="unavailable", latency_ms=None)
    return PartView(status="ok", latency_ms=round((time.perf_counter() - started) * 1000, 2))
