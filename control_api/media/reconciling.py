"""Runs the reconciler: every second, and at once when a worker says that something changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis

from control_api.background import in_background
from control_api.errors import ServiceUnavailable
from control_api.media.reconciler import Reconciler
from control_api.media.registry import CHANGED
from control_api.valkey import valkey_outages

PERIOD_S = 0.5
# Many rooms that change together are one round, not one each.
SETTLE_S = 0.05
LISTEN_TIMEOUT_S = 1.0

log = structlog.get_logger(__name__)


class Reconciling:
    """`running()` runs the rounds, and listens for a reason to run one early."""

    def __init__(self, reconciler: Reconciler, valkey: Redis) -> None:
        self._reconciler = reconciler
        self._valkey = valkey
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with in_background(self._reconcile(), self._listen()):
            yield

    async def _reconcile(self) -> None:
        unavailable: str | None = None
        while True:
            try:
                await self._reconciler.run_once()
                if unavailable is not None:
                    log.info("reconciler_resumed", after=unavailable)
                unavailable = None
            except ServiceUnavailable as error:
                if unavailable != error.part:
                    log.warning("reconciler_waits", part=error.part)
                unavailable = error.part
            except Exception:
                # A round that fails for a reason of ours must not be the last one.
                log.exception("reconciler_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_S):
                    await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()

    async def _listen(self) -> None:
        while True:
            with suppress(ServiceUnavailable), valkey_outages():
                async with self._valkey.pubsub() as pubsub:
                    await pubsub.subscribe(CHANGED)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=LISTEN_TIMEOUT_S)
                        if message is not None:
                            self._changed.set()
            # Until it listens again the rounds of every second do the work.
            await asyncio.sleep(PERIOD_S)
