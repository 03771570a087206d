"""Carries emits between nodes over Valkey, and says when some may have been lost.

python-socketio's own Redis manager waits up to a minute to listen again after an outage and says nothing of what it
missed. This one, at the extension points of AsyncPubSubManager, comes back within seconds and reports the gap, so that
the server can tell its clients what is true now.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from socketio.async_pubsub_manager import AsyncPubSubManager

CHANNEL: Final = "signaling"
RESYNC: Final = {"method": "resync"}
FIRST_RETRY_S: Final = 0.25
LAST_RETRY_S: Final = 4.0
CANCEL_S: Final = 0.2

log = structlog.get_logger(__name__)


class Deliveries:
    """Says whether a room was told something while its state was being read."""

    __slots__ = ("happened",)

    def __init__(self) -> None:
        self.happened = False


class ValkeyBus(AsyncPubSubManager):  # type: ignore[misc]
    """Client manager of one node.

    `on_gap` is called whenever messages of other nodes may have been missed. Emits to `coalesced_room`, whichever node
    they come from, are not delivered: `on_coalesced` is called instead, and delivers when it sees fit.
    """

    name = "valkey"

    def __init__(
        self, redis_url: str, *, on_gap: Callable[[], None], coalesced_room: str, on_coalesced: Callable[[], None]
    ) -> None:
        super().__init__(channel=CHANNEL)
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_connect_timeout=1.0,
            socket_timeout=2.0,
            # One silent reconnect at most: what it may have missed shows as a second hello in `_listen`.
            retry=Retry(NoBackoff(), 1),
        )
        self._on_gap = on_gap
        self._coalesced_room = coalesced_room
        self._on_coalesced = on_coalesced
        self._publish_lost = False
        self._awaited: dict[str, set[Deliveries]] = {}

    async def close(self) -> None:
        """Stops listening and closes every connection."""
        listener: asyncio.Task[None] | None = getattr(self, "thread", None)
        while listener is not None and not listener.done():
            # Asked again, because a cancellation that meets redis-py while it connects can get lost in its time-out.
            listener.cancel()
            await asyncio.wait({listener}, timeout=CANCEL_S)
        await self._redis.aclose()

    @contextmanager
    def deliveries_to(self, room: str) -> Iterator[Deliveries]:
        """Watches `room` for emits of any node while the context is open."""
        deliveries = Deliveries()
        self._awaited.setdefault(room, set()).add(deliveries)
        try:
            yield deliveries
        finally:
            waiting = self._awaited[room]
            waiting.discard(deliveries)
            if not waiting:
                del self._awaited[room]

    async def _handle_emit(self, message: dict[str, Any]) -> None:
        room = message.get("room") or ""
        if room == self._coalesced_room:
            self._on_coalesced()
            return
        for deliveries in self._awaited.get(room, ()):
            deliveries.happened = True
        await super()._handle_emit(message)

    async def _publish(self, data: dict[str, Any]) -> None:
        """Gives `data` to the other nodes; when Valkey is away they are told to read again once it is back."""
        try:
            if self._publish_lost:
                await self._redis.publish(self.channel, json.dumps(RESYNC | {"host_id": self.host_id}))
                self._publish_lost = False
            await self._redis.publish(self.channel, json.dumps(data))
        except (RedisError, OSError) as error:
            if not self._publish_lost:
                log.warning("signaling_publish_failed", error=str(error))
            self._publish_lost = True

    async def _listen(self) -> AsyncIterator[bytes]:
        """Messages of all nodes, for as long as the task lives."""
        retry_s = FIRST_RETRY_S
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(self.channel)
                    async for message in pubsub.listen():
                        retry_s = FIRST_RETRY_S
                        if message["type"] == "subscribe":
                            await self._report_gap()
                        elif message["type"] == "message" and not self._is_resync(message["data"]):
                            yield message["data"]
            except (RedisError, OSError) as error:
                log.warning("signaling_bus_lost", error=str(error), retry_s=retry_s)
            await asyncio.sleep(retry_s)
            retry_s = min(LAST_RETRY_S, 2 * retry_s)

    async def _report_gap(self) -> None:
        self._on_gap()
        if self._publish_lost:
            await self._publish(RESYNC | {"host_id": self.host_id})

    def _is_resync(self, data: bytes) -> bool:
        # Compared as bytes first: only a node that lost a message sends one, and every other message passes here.
        if not data.startswith(b'{"method": "resync"'):
            return False
        if json.loads(data)["host_id"] != self.host_id:
            self._on_gap()
        return True
