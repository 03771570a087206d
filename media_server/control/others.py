"""Whether there is another worker, for those who cannot be told where to go when this one leaves."""

from __future__ import annotations

import asyncio
import json
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

_LOOK_EACH_S: Final = 0.5
_CALL_S: Final = 3.0


class OtherWorkers:
    """Reads the leases of all."""

    def __init__(self, valkey: Redis, worker_id: str) -> None:
        self._valkey = valkey
        self._worker_id = worker_id

    async def appeared(self) -> None:
        """Wait until there is one that stays. While Valkey is away there is none: it could let nobody in."""
        # Leases come and lapse without a word.
        while not await self._is_one_there():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EACH_S)

    async def _is_one_there(self) -> bool:
        try:
            async with asyncio.timeout(_CALL_S):
                workers = cast("set[str]", await self._valkey.smembers("media:workers"))
                names = [f"media:worker:{worker_id}" for worker_id in sorted(workers - {self._worker_id})]
                leases = cast("list[str | None]", await self._valkey.mget(names)) if names else []
        except (RedisError, OSError, TimeoutError):
            return False
        return any(_stays(lease) for lease in leases if lease is not None)


def _stays(lease: str) -> bool:
    try:
        return json.loads(lease)["draining"] is False
    except (KeyError, TypeError, ValueError):
        # Of another version, most likely: nothing is known of it.
        return False
