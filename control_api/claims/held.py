"""Tracks that are held, and a moderator's decision about each."""

from control_api.claims import queries
from control_api.claims.models import Act, ClaimId, HeldTrack
from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.dj.library_news import LibraryNews
from control_api.identity import Actor
from control_api.tracks.decisions import TrackDecisions
from control_api.tracks.models import Decision, DecisionOutcome, Track, TrackId

_ACTS = {DecisionOutcome.RELEASED: Act.TRACK_RELEASED, DecisionOutcome.REJECTED: Act.TRACK_REJECTED}


class HeldTracksService:
    """For moderators: of two who decide at once, the second is told that it is decided."""

    def __init__(self, database: Database, decisions: TrackDecisions, news: LibraryNews, clock: Clock) -> None:
        self._database = database
        self._decisions = decisions
        self._news = news
        self._clock = clock

    async def page(self, *, offset: int, limit: int) -> tuple[list[HeldTrack], int]:
        """Who waits longest first, and how many there are."""
        async with self._database.connection() as connection:
            return await queries.page_held(connection, offset=offset, limit=limit)

    async def decide(self, actor: Actor, track_id: TrackId, outcome: DecisionOutcome, reason: str) -> Track:
        """Let a track go, or keep nothing of it but why; its DJ reads the reason.

        Raises TrackNotFound, TrackNotHeld.
        """
        now = self._clock()
        async with self._database.transaction() as connection:
            track = await self._decisions.decide(connection, track_id, Decision(outcome, reason, now))
            await queries.insert_act(
                connection,
                _ACTS[outcome],
                actor.user_id,
                track_id=track_id,
                dj_id=track.dj_id,
                claim_id=ClaimId(track.claim_id) if track.claim_id else None,
                title=track.title,
                reason=reason,
                now=now,
            )
        await self._news.track_changed(track.dj_id, track_id, track.status)
        return track
