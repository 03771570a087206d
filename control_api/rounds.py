"""Work that is done in rounds: every second, and at once when somebody in this process asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import structlog

from control_api.background import in_background
from control_api.errors import ServiceUnavailable

PERIOD_S = 1.0
# Changes that come together are one round, not one each.
SETTLE_S = 0.05

log = structlog.get_logger(__name__)


class Work(Protocol):
    async def run_once(self) -> bool:
        """One round; False when another process is in the middle of one. Raises ServiceUnavailable."""


class Rounds:
    """`running()` has the work done while the context is open. `wanted` asks for a round at once."""

    def __init__(self, name: str, work: Work, wanted: asyncio.Event) -> None:
        self._name = name
        self._work = work
        self._wanted = wanted

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with in_background(self._run()):
            yield

    async def _run(self) -> None:
        unavailable: str | None = None
        while True:
            was_wanted = self._wanted.is_set()
            self._wanted.clear()
            try:
                was_done = await self._work.run_once()
                # The round that another process is in the middle of may have looked before the change.
                if was_wanted and not was_done:
                    self._wanted.set()
                if unavailable is not None:
                    log.info("rounds_resumed", of=self._name, after=unavailable)
                unavailable = None
            except ServiceUnavailable as error:
                if unavailable != error.part:
                    log.warning("rounds_wait", of=self._name, part=error.part)
                unavailable = error.part
            except Exception:
                # A round that fails for a reason of ours must not be the last one.
                log.exception("round_failed", of=self._name)
            await asyncio.sleep(SETTLE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_S):
                    await self._wanted.wait()
