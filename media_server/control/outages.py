"""Work that depends on Valkey, taken up again whenever Valkey is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

_RETRY_S: Final = 0.5

_log = structlog.get_logger(__name__)


async def through_outages(part: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`, and again after each failure of Valkey, until cancelled."""
    failing = False
    while True:
        try:
            await work()
        except (RedisError, OSError) as error:
            if not failing:
                _log.warning("Valkey is away; media goes on", part=part, error=type(error).__name__)
            failing = True
            await asyncio.sleep(_RETRY_S)
