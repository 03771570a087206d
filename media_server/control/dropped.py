"""Who was told to go before this worker could hear of it, read from Valkey (`media:dropped:{stream_id}`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from media_server.outages import through_outages
from media_server.sessions.dropped import TOKEN_LIFE_S

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

    async def of(self, stream_id: str) -> Mapping[str, float]:
        """Those of a stream that is about to come here; nobody when Valkey does not say so soon."""
        try:
            async with asyncio.timeout(_WAIT_S):
                return (await self._read({stream_id: time.time() - TOKEN_LIFE_S}))[stream_id]
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("not known who was dropped", stream_id=stream_id, error=type(error).__name__)
            return {}

    async def run(self) -> None:
        """Tell each room, when it is new and again and again."""
        await through_outages("who was dropped", self._tell_rooms)

    async def _tell_rooms(self) -> None:
        while True:
            self._wake.clear()
            rooms = {room.stream_id: room for room in self._rooms()}
            now = time.time()
            since = {name: self._read_until.get(name, now - TOKEN_LIFE_S) - _AGAIN_S for name in rooms}
            async with asyncio.timeout(_CALL_S):
                found = await self._read(since)
            for stream_id, dropped in found.items():
                if dropped:
                    rooms[stream_id].learn_dropped(dropped)
            self._read_until = dict.fromkeys(rooms, now)
            await asyncio.sleep(_LEAST_BETWEEN_S)
            try:
                async with asyncio.timeout(_EACH_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _read(self, since: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """`since`: Unix seconds by stream id."""
        if not since:
            return {}
        async with self._valkey.pipeline(transaction=False) as pipe:
            for stream_id, least in since.items():
                pipe.zrangebyscore(f"media:dropped:{stream_id}", least, "+inf", withscores=True)
            answers = cast("list[list[tuple[str, float]]]", await pipe.execute())
        return {stream_id: dict(answer) for stream_id, answer in zip(since, answers, strict=True)}
