"""Makes what is held agree with a claim that was made or withdrawn."""

import asyncio
from uuid import UUID

import asyncpg
import structlog

from control_api.db.pool import Database
from control_api.dj.library_news import LibraryNews
from control_api.inspection import claim_queries
from control_api.inspection.matching import as_fingerprint
from control_api.inspection.models import ClaimedWork, Work
from control_api.inspection.register import FingerprintRegister, claimed_seconds, telling
from control_api.jobs.models import Job
from control_api.tracks.models import TrackId, TrackStatus

TRACKS_AT_A_TIME = 50

log = structlog.get_logger(__name__)


class CompareClaim:
    """The job handler. Done again, it changes nothing more."""

    def __init__(self, database: Database, register: FingerprintRegister, news: LibraryNews) -> None:
        self._database = database
        self._register = register
        self._news = news

    async def run(self, job: Job) -> None:
        async with self._database.connection() as connection:
            work = await claim_queries.find_work(connection, UUID(job.payload["claim_id"]))
        if work is None:
            return
        if work.is_withdrawn:
            await self._let_go(work)
        else:
            await self._hold(work)

    async def give_up(self, job: Job) -> None:
        # The job is kept with the claim, for people to see to.
        log.error("claim_not_compared", claim=job.payload["claim_id"])

    async def _hold(self, work: ClaimedWork) -> None:
        sound, after = as_fingerprint(work.fingerprint), None
        while True:
            async with self._database.connection() as connection:
                rows = await claim_queries.ready_tracks_like(
                    connection, work.id, telling(work.fingerprint), after=after, limit=TRACKS_AT_A_TIME
                )
            for row in rows:
                after = TrackId(row["id"])
                seconds = await asyncio.to_thread(
                    claimed_seconds, as_fingerprint(row["fingerprint"]), sound, work.duration_s
                )
                if seconds is None:
                    continue
                problem = Work(work.id, work.title, work.claimant, seconds).problem
                async with self._database.connection() as connection:
                    changed = await claim_queries.hold(connection, after, problem, work.id, seconds)
                await self._tell(changed)
            if len(rows) < TRACKS_AT_A_TIME:
                return

    async def _let_go(self, work: ClaimedWork) -> None:
        """What another claim is on as well is held for that one."""
        async with self._database.connection() as connection:
            rows = await claim_queries.held_tracks_of(connection, work.id)
        for row in rows:
            other = await self._register.find_claim(row["fingerprint"])
            async with self._database.connection() as connection:
                if other is None or await claim_queries.was_released(connection, row["id"], other.id):
                    changed = await claim_queries.let_go(connection, row["id"], work.id)
                else:
                    changed = await claim_queries.hold(connection, row["id"], other.problem, other.id, other.seconds)
            await self._tell(changed)

    async def _tell(self, changed: asyncpg.Record | None) -> None:
        if changed is not None:
            log.info("track_compared", track=str(changed["id"]), status=changed["status"])
            await self._news.track_changed(changed["dj_id"], changed["id"], TrackStatus(changed["status"]))
