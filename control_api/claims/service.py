"""Claims: made, withdrawn, and told to the worker that compares."""

from control_api.claims import queries
from control_api.claims.errors import ClaimNotFound, NothingToCompare
from control_api.claims.models import Act, Claim, ClaimId, ModeratorAct, Sound
from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.identity import Actor
from control_api.jobs.service import JobQueue
from control_api.tracks.models import TrackId

COMPARE_CLAIM = "compare_claim"
"""The job that makes what is held agree with a claim that was made or withdrawn. Payload: claim_id."""


class ClaimService:
    """For moderators. What is uploaded later is compared with every claim; what is there already, by a job."""

    def __init__(self, database: Database, jobs: JobQueue, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock

    async def page(self, *, is_withdrawn: bool, offset: int, limit: int) -> tuple[list[Claim], int]:
        """The newest first, and how many there are."""
        async with self._database.connection() as connection:
            return await queries.page_claims(connection, is_withdrawn=is_withdrawn, offset=offset, limit=limit)

    async def make(self, actor: Actor, title: str, claimant: str, sound: Sound | TrackId, reason: str) -> Claim:
        """Have every track held that has a part of this work in it: what a fingerprint says, or what another track
        sounds like. Raises NothingToCompare."""
        async with self._database.transaction() as connection:
            found = sound if isinstance(sound, Sound) else await queries.find_sound(connection, sound)
            if found is None:
                raise NothingToCompare
            claim_id = await queries.insert_claim(connection, title, claimant, found, self._clock())
            return await self._acted(connection, Act.CLAIM_MADE, actor, claim_id, reason)

    async def withdraw(self, actor: Actor, claim_id: ClaimId, reason: str) -> Claim:
        """Hold nothing for it any more. Raises ClaimNotFound."""
        async with self._database.transaction() as connection:
            if not await queries.withdraw_claim(connection, claim_id, self._clock()):
                raise ClaimNotFound
            return await self._acted(connection, Act.CLAIM_WITHDRAWN, actor, claim_id, reason)

    async def page_acts(self, *, offset: int, limit: int) -> tuple[list[ModeratorAct], int]:
        """What moderators did, the newest first, and how much that is."""
        async with self._database.connection() as connection:
            return await queries.page_acts(connection, offset=offset, limit=limit)

    async def _acted(self, connection: Connection, act: Act, actor: Actor, claim_id: ClaimId, reason: str) -> Claim:
        claim = await queries.find_claim(connection, claim_id)
        assert claim is not None
        await queries.insert_act(
            connection, act, actor.user_id, claim_id=claim_id, title=claim.title, reason=reason, now=self._clock()
        )
        await self._jobs.put(connection, COMPARE_CLAIM, {"claim_id": str(claim_id)})
        return claim
