"""Keeps what media workers are to do with streams, and what they say has to be kept."""

from collections.abc import Sequence

import structlog

from control_api.db.pool import Database
from control_api.errors import ServiceUnavailable
from control_api.specs.desired import DesiredSpecs
from control_api.specs.ports import Chore, OpenStreams
from control_api.streams.models import Status

LOCK_KEY = 0x4E525350  # "NRSP"

log = structlog.get_logger(__name__)


class StreamKeeper:
    """Safe in several processes: a round holds an advisory lock, and reads what is after it has it.

    `before` is done before the specs are written, and may change them; `after` when they are.
    """

    def __init__(
        self,
        database: Database,
        streams: OpenStreams,
        specs: DesiredSpecs,
        *,
        before: Sequence[Chore],
        after: Sequence[Chore],
    ) -> None:
        self._database = database
        self._streams = streams
        self._specs = specs
        self._before = before
        self._after = after

    async def run_once(self) -> bool:
        """One round; False when another process is in the middle of one. Raises ServiceUnavailable."""
        async with self._database.transaction() as lock:
            if not await lock.fetchval("select pg_try_advisory_xact_lock($1)", LOCK_KEY):
                return False
            for chore in self._before:
                await _do(chore)
            async with self._database.connection() as connection:
                streams = await self._streams.all_open(connection)
            await self._specs.write([stream for stream in streams if stream.status is Status.LIVE])
            for chore in self._after:
                await _do(chore)
        return True


async def _do(chore: Chore) -> None:
    try:
        await chore()
    except ServiceUnavailable:
        raise
    except Exception:
        # What fails for a reason of ours must not keep the rest from being done.
        log.exception("chore_failed")
