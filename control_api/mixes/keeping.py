"""Runs the keeper of mixes: every second, and at once when something changed in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from control_api.background import in_background
from control_api.errors import ServiceUnavailable
from control_api.mixes.keeper import MixKeeper

PERIOD_S = 1.0
# Changes that come together are one round, not one each.
SETTLE_S = 0.05

log = structlog.get_logger(__name__)


class MixKeeping:
    """`wanted` asks for a round at once."""

    def __init__(self, keeper: MixKeeper, wanted: asyncio.Event) -> None:
        self._keeper = keeper
        self._wanted = wanted

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with in_background(self._keep()):
            yield

    async def _keep(self) -> None:
        unavailable: str | None = None
        while True:
            was_wanted = self._wanted.is_set()
            self._wanted.clear()
            try:
                was_done = await self._keeper.run_once()
                # The round that another process is in the middle of may have looked before the change.
                if was_wanted and not was_done:
                    self._wanted.set()
                if unavailable is not None:
                    log.info("mix_keeper_resumed", after=unavailable)
                unavailable = None
            except ServiceUnavailable as error:
                if unavailable != error.part:
                    log.warning("mix_keeper_waits", part=error.part)
                unavailable = error.part
            except Exception:
                # A round that fails for a reason of ours must not be the last one.
                log.exception("mix_keeper_failed")
            await asyncio.sleep(SETTLE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_S):
                    await self._wanted.wait()
