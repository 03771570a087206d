"""Who was told to go before this worker could hear of it, read from Valkey (`media:dropped:{stream_id}`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Final, Protocol, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from media_server.outages import through_outages
from media_server.sessions.dropped import TOKEN_LIFE_S

PORTION: Final = 256
"""Of one stream: of a large one there may be thousands, which would take milliseconds in which nothing is forwarded."""
_EACH_S: Final = 2.0
_LEAST_BETWEEN_S: Final = 0.05
_AGAIN_S: Final = 10.0
"""Of what was read the newest is read again: who writes it down may be late, and have another clock."""
_CALL_S: Final = 3.0
_WAIT_S: Final = 1.0

_log = structlog.get_logger(__name__)


class WatchedRoom(Protocol):
    """A room as it is told of them."""

    @property
    def stream_id(self) -> str: ...

    def learn_dropped(self, dropped: Mapping[str, float]) -> None:
        """By subject, when they were told to go, in Unix seconds. Told again what is known already."""


class DroppedViewers:
    """Commands tell a worker who is to go from when it is here; this is for who went before. `run` until cancelled.

    While Valkey is away, a worker lets in whom it knows nothing of, as it serves everybody else: what it learns when
    Valkey is back it does then.
    """

    def __init__(self, valkey: Redis, rooms: Callable[[], Iterable[WatchedRoom]]) -> None:
        self._valkey = valkey
        self._rooms = rooms
        self._wake = asyncio.Event()
        self._read_until: dict[str, float] = {}

    def room_changed(self) -> None:
        """A room may be new: nobody should get into it of whom it could be known."""
        self._wake.set()

    async def of(self, stream_id: str) -> list[Mapping[str, float]]:
        """Those of a stream that is about to come here, in portions; nobody when Valkey does not say so soon."""
        try:
            async with asyncio.timeout(_WAIT_S):
                portions = self._portions({stream_id: time.time() - TOKEN_LIFE_S})
                return [portion[stream_id] async for portion in portions]
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("not known who was dropped", stream_id=stream_id, error=type(error).__name__)
            return []

    async def run(self) -> None:
        """Tell each room, when it is new and again and again."""
        await through_outages("who was dropped", self._tell_rooms)

    async def _tell_rooms(self) -> None:
        while True:
            rooms = {room.stream_id: room for room in self._rooms()}
            await self._tell(rooms)
            self._read_until = {name: until for name, until in self._read_until.items() if name in rooms}
            until = asyncio.get_running_loop().time() + _EACH_S
            await asyncio.sleep(_LEAST_BETWEEN_S)
            while await self._is_woken(until):
                # Something changed in some room; most changes are of viewers who come and go.
                await self._tell({room.stream_id: room for room in self._rooms() if not self._knows(room)})
                await asyncio.sleep(_LEAST_BETWEEN_S)

    async def _tell(self, rooms: Mapping[str, WatchedRoom]) -> None:
        now = time.time()
        since = {name: self._read_until.get(name, now - TOKEN_LIFE_S) - _AGAIN_S for name in rooms}
        async with asyncio.timeout(_CALL_S):
            async for portion in self._portions(since):
                for stream_id, dropped in portion.items():
                    if dropped:
                        rooms[stream_id].learn_dropped(dropped)
        self._read_until |= dict.fromkeys(rooms, now)

    def _knows(self, room: WatchedRoom) -> bool:
        return room.stream_id in self._read_until

    async def _is_woken(self, until: float) -> bool:
        """Wait until a room may be new, or until then, which it is not."""
        self._wake.clear()
        if any(not self._knows(room) for room in self._rooms()):
            return True
        try:
            async with asyncio.timeout_at(until):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _portions(self, since: Mapping[str, float]) -> AsyncIterator[dict[str, dict[str, float]]]:
        """Who was dropped since then (Unix seconds), both by stream id."""
        offset, left = 0, dict(since)
        while left:
            async with self._valkey.pipeline(transaction=False) as pipe:
                for stream_id, least in left.items():
                    key = f"media:dropped:{stream_id}"
                    pipe.zrangebyscore(key, least, "+inf", start=offset, num=PORTION, withscores=True)
                answers = cast("list[list[tuple[str, float]]]", await pipe.execute())
            yield {stream_id: dict(answer) for stream_id, answer in zip(left, answers, strict=True)}
            offset += PORTION
            full = [name for name, answer in zip(left, answers, strict=True) if len(answer) == PORTION]
            left = {name: left[name] for name in full}
