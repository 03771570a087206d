"""Deletes rows that nothing will ask for again, so that joining and signing in cannot fill the disk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from control_api.background import in_background
from control_api.errors import ServiceUnavailable

PERIOD_S = 3_600.0
BATCH = 5_000  # few enough for the time that a statement may take

Delete = Callable[[int], Awaitable[int]]
"""Deletes at most so many rows and returns how many there were."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """`running()` has each of `deletes` done at once and then every hour. Several processes may do it at a time."""

    def __init__(self, deletes: Sequence[Delete]) -> None:
        self._deletes = deletes

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with in_background(self._keep()):
            yield

    async def _keep(self) -> None:
        while True:
            try:
                deleted = sum([await _delete_all(delete) for delete in self._deletes])
            except ServiceUnavailable as error:
                log.warning("housekeeping_put_off", part=error.part)
            except Exception:
                # A round that fails for a reason of ours must not be the last one.
                log.exception("housekeeping_failed")
            else:
                if deleted:
                    log.info("housekeeping", deleted=deleted)
            await asyncio.sleep(PERIOD_S)


async def _delete_all(delete: Delete) -> int:
    total = 0
    while count := await delete(BATCH):
        total += count
    return total
