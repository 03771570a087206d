"""Who watches which stream at this worker, written to Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

PORTION: Final = 256
"""Viewers that are written down at once: thousands would take milliseconds, in which nothing is forwarded."""
_CALL_S: Final = 3.0


class Audiences:
    """Keeps the sorted sets `media:viewers:{stream_id}`, whose scores are when an entry lapses."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._written: dict[str, set[str]] = {}

    async def write(self, present: Mapping[str, set[str]], *, lapses_at: float) -> None:
        """`present`: viewer ids by stream id. Who was there the last time and is not now goes.

        Raises RedisError, OSError and TimeoutError; some may have been written then, and the next time writes them all.
        """
        async with self._valkey.pipeline(transaction=False) as pipe:
            waiting = 0
            for stream_id in present.keys() | self._written.keys():
                key, here = f"media:viewers:{stream_id}", present.get(stream_id, set())
                gone = self._written.get(stream_id, set()) - here
                for some in _portions(gone | here):
                    if leaving := [viewer for viewer in some if viewer in gone]:
                        pipe.zrem(key, *leaving)
                    if staying := [viewer for viewer in some if viewer in here]:
                        pipe.zadd(key, dict.fromkeys(staying, lapses_at))
                        pipe.expire(key, 3600)
                    waiting += len(some)
                    if waiting >= PORTION:
                        waiting = 0
                        await _execute(pipe)
            await _execute(pipe)
        self._written = {stream_id: here for stream_id, here in present.items() if here}


def _portions(viewers: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(viewers)
    while some := list(islice(waiting, PORTION)):
        yield some


async def _execute(pipe: Pipeline) -> None:
    async with asyncio.timeout(_CALL_S):
        await pipe.execute()
