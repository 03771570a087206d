"""Work that depends on Valkey, taken up again whenever Valkey is back. What runs goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

_RETRY_S: Final = 0.5
BACK_S: Final = 5.0
"""Work that has gone on for so long is no longer hindered: no call to Valkey waits for longer."""

_log = structlog.get_logger(__name__)


async def through_outages(part: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`, and again after each failure of Valkey, until cancelled. Each outage is logged once, and its end."""
    outage = _Outage(part)
    try:
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                outage.failed(error)
                await asyncio.sleep(_RETRY_S)
                outage.tried_again()
    finally:
        outage.forget()


class _Outage:
    def __init__(self, part: str) -> None:
        self._part = part
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._back: asyncio.TimerHandle | None = None

    def failed(self, error: Exception) -> None:
        self.forget()
        if self._since is None:
            self._since = self._loop.time()
            _log.warning("valkey_away", part=self._part, error=type(error).__name__)

    def tried_again(self) -> None:
        self._back = self._loop.call_later(BACK_S, self._is_back, self._loop.time())

    def _is_back(self, since: float) -> None:
        assert self._since is not None
        _log.info("valkey_back", part=self._part, away_s=round(since - self._since, 1))
        self._since = self._back = None

    def forget(self) -> None:
        """It is not known whether Valkey is back."""
        if self._back is not None:
            self._back.cancel()
            self._back = None
