"""Rooms as their workers described them lately, for what is only shown."""

import time
from collections.abc import Callable, Iterable, Mapping

from control_api.identity import StreamId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.models import RoomSnapshot, WorkerSnapshot
from control_api.media.registry import WorkerRegistry
from control_api.streams.models import Status, Stream

FRESH_S = 1.0


class LiveRooms:
    """Reads the snapshots at most once in FRESH_S, however many ask."""

    def __init__(self, registry: WorkerRegistry, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._monotonic = monotonic
        self._workers: Mapping[str, WorkerSnapshot] = {}
        self._read_at: float | None = None

    async def find(self, stream: Stream) -> RoomSnapshot | None:
        """The stream's room on its own worker. Raises ServiceUnavailable."""
        worker = (await self._recent()).get(stream.worker_id)
        return worker.origin_room(stream.id) if worker is not None else None

    async def previews(self, streams: Iterable[Stream], asked_at: AskedAt) -> dict[StreamId, str]:
        """Where a picture is of those of the streams that are live and have one. Raises ServiceUnavailable."""
        live = [stream for stream in streams if stream.status is Status.LIVE]
        workers = await self._recent() if live else {}
        urls = {}
        for stream in live:
            worker = workers.get(stream.worker_id)
            room = worker.origin_room(stream.id) if worker is not None else None
            if worker is not None and room is not None and room.preview and room.state != "ended":
                urls[stream.id] = media_urls(worker, stream.id, asked_at).preview
        return urls

    async def _recent(self) -> Mapping[str, WorkerSnapshot]:
        now = self._monotonic()
        if self._read_at is None or now - self._read_at >= FRESH_S:
            self._workers = await self._registry.workers()
            self._read_at = now
        return self._workers
