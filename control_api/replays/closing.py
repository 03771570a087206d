"""Ends recordings whose worker is gone, and replays that were to be kept so long and no longer."""

from datetime import timedelta

import structlog

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.jobs.service import JobQueue
from control_api.replays import download_queries, event_queries, queries
from control_api.replays.jobs import DELETE_DOWNLOAD, DELETE_REPLAY, REPLAY_PICTURE

DOWNLOAD_KEPT = timedelta(days=7)
"""It can be made again."""

log = structlog.get_logger(__name__)


class ReplayEndings:
    """`grace`: how long nothing may be heard of a recording that nobody wants any more."""

    def __init__(self, database: Database, jobs: JobQueue, clock: Clock, *, grace: timedelta) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._grace = grace

    async def close_abandoned(self) -> None:
        """A worker that comes back with more of it adds that all the same."""
        now = self._clock()
        async with self._database.connection() as connection:
            abandoned = await event_queries.abandoned(connection, now - self._grace)
        for replay_id in abandoned:
            async with self._database.transaction() as connection:
                if await event_queries.forget_unpublished(connection, replay_id):
                    continue
                if await event_queries.close(connection, replay_id, now):
                    await self._jobs.put(connection, REPLAY_PICTURE, {"replay_id": str(replay_id)})
                    log.warning("recording_abandoned", recording_id=str(replay_id))

    async def delete_lapsed(self, limit: int) -> int:
        """Delete at most `limit` replays whose time is over, and return how many there were."""
        async with self._database.transaction() as connection:
            prefixes = await queries.delete_lapsed(connection, self._clock(), limit)
            for prefix in prefixes:
                await self._jobs.put(connection, DELETE_REPLAY, {"prefix": prefix})
        return len(prefixes)

    async def delete_old_downloads(self, limit: int) -> int:
        """Delete at most `limit` files that were made DOWNLOAD_KEPT ago, and return how many there were."""
        async with self._database.transaction() as connection:
            keys = await download_queries.forget_old(connection, self._clock() - DOWNLOAD_KEPT, limit)
            for key in keys:
                await self._jobs.put(connection, DELETE_DOWNLOAD, {"key": key})
        return len(keys)
