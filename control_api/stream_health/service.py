"""How a stream arrives: asked for, and told its creator when it changes."""

import json
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from redis.asyncio import Redis

from control_api.errors import Forbidden, ServiceUnavailable
from control_api.identity import Actor, Role, StreamId
from control_api.media.live_rooms import LiveRooms
from control_api.media.models import RoomSnapshot, WorkerSnapshot
from control_api.stream_health.views import StreamHealthView
from control_api.streams.errors import StreamNotFound
from control_api.streams.models import Status, Stream
from control_api.streams.service import StreamService
from control_api.valkey import valkey_outages

CHANNEL = "creator:"
EACH_S = 2.0

log = structlog.get_logger(__name__)


class StreamHealthService:
    def __init__(self, streams: StreamService, rooms: LiveRooms) -> None:
        self._streams = streams
        self._rooms = rooms

    async def get(self, actor: Actor, stream_id: StreamId) -> StreamHealthView:
        """For its creator and for administrators. Raises StreamNotFound, Forbidden."""
        stream = await self._streams.find_visible(stream_id, actor.user_id)
        if stream is None:
            raise StreamNotFound
        if stream.creator_id != actor.user_id and actor.role is not Role.ADMIN:
            raise Forbidden("Only the creator sees how a stream arrives.")
        room = await self._rooms.find(stream) if stream.status is Status.LIVE else None
        return StreamHealthView.of(stream, room)


class StreamHealthNews:
    """Publishes on `creator:{user_id}` how each live stream arrives, when that is not what was said last, and at most
    each EACH_S. A hint: who missed one asks."""

    def __init__(self, valkey: Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._valkey = valkey
        self._monotonic = monotonic
        self._said: dict[StreamId, tuple[float, str]] = {}

    async def tell(self, streams: Sequence[Stream], workers: Mapping[str, WorkerSnapshot]) -> None:
        """What the workers say of these streams. Never fails."""
        now = self._monotonic()
        live = {stream.id: stream for stream in streams if stream.status is Status.LIVE}
        self._said = {stream_id: said for stream_id, said in self._said.items() if stream_id in live}
        for stream in live.values():
            worker = workers.get(stream.worker_id)
            room = worker.rooms.get(stream.id) if worker is not None else None
            if room is not None and _has_news(room):
                await self._tell(stream, room, now)

    async def _tell(self, stream: Stream, room: RoomSnapshot, now: float) -> None:
        view = StreamHealthView.of(stream, room).model_dump(mode="json", by_alias=True)
        text = json.dumps({"event": "stream:health", "data": {"streamId": str(stream.id), **view}})
        said_at, said = self._said.get(stream.id, (-EACH_S, ""))
        if text == said or now - said_at < EACH_S:
            return
        self._said[stream.id] = (now, text)
        try:
            with valkey_outages():
                await self._valkey.publish(f"{CHANNEL}{stream.creator_id}", text)
        except ServiceUnavailable:
            log.warning("stream_health_lost", stream_id=str(stream.id))


def _has_news(room: RoomSnapshot) -> bool:
    return bool(room.health or room.renditions or room.recording or room.targets)
