"""Rate limits counted in Valkey, so that all API processes share them."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from control_api.errors import RateLimited
from control_api.valkey import valkey_outages


@dataclass(frozen=True, slots=True)
class Limit:
    """`max_requests` within any `window_s` seconds; `name` keeps its counters apart from other limits'."""

    name: str
    max_requests: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit; a slot becomes free in `reset_s` seconds."""

    limit: Limit
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-06."""
        return {
            "RateLimit-Limit": str(self.limit.max_requests),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class RateLimiter:
    """Sliding-window counters. When Valkey is away it raises ServiceUnavailable: no limit is silently dropped."""

    def __init__(self, valkey: Redis) -> None:
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="limits",
            connection_pool=valkey.connection_pool,  # type: ignore[arg-type]
        )
        self._strategy = SlidingWindowCounterRateLimiter(storage)

    async def spend(self, limit: Limit, key: str, *, error: type[RateLimited] = RateLimited) -> Allowance:
        """Take one request out of what `key` may do. Raises `error` with `retry_after_s` when nothing is left."""
        item = _item(limit)
        with valkey_outages():
            is_allowed = await self._strategy.hit(item, limit.name, key)
            stats = await self._strategy.get_window_stats(item, limit.name, key)
        reset_s = max(1, math.ceil(stats.reset_time - time.time()))
        if not is_allowed:
            raise error(retry_after_s=reset_s, details={"limit": limit.max_requests, "windowSeconds": limit.window_s})
        return Allowance(limit, stats.remaining, reset_s)

    async def forget(self, limit: Limit, key: str) -> None:
        """Give `key` all of the limit back."""
        with valkey_outages():
            await self._strategy.clear(_item(limit), limit.name, key)


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.max_requests, limit.window_s)
