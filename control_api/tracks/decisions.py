"""What becomes of a track that was held, when a moderator has decided."""

from control_api.db.pool import Connection
from control_api.tracks import queries
from control_api.tracks.deletion import DELETE_OBJECTS
from control_api.tracks.errors import TrackNotFound, TrackNotHeld
from control_api.tracks.models import Decision, DecisionOutcome, Problem, Track, TrackId, TrackStatus
from control_api.tracks.ports import JobQueue
from control_api.tracks.queries import Lock


class TrackDecisions:
    """Tracks whoever they belong to: for those who may decide."""

    def __init__(self, jobs: JobQueue) -> None:
        self._jobs = jobs

    async def decide(self, connection: Connection, track_id: TrackId, decision: Decision) -> Track:
        """Release or reject, in the transaction of `connection`; the track as it is then.

        Of a rejected one only the reason is kept. Raises TrackNotFound, TrackNotHeld.
        """
        track = await queries.find_any_track(connection, track_id, lock=Lock.CHANGE)
        if track is None:
            raise TrackNotFound
        if track.status is not TrackStatus.HELD:
            raise TrackNotHeld
        if decision.outcome is DecisionOutcome.RELEASED:
            await queries.release(connection, track_id, decision)
        else:
            # A check of the table: what is held has a problem.
            assert track.problem is not None
            problem = Problem(track.problem.code, f"A moderator has refused this track: {decision.reason}")
            await queries.reject(connection, track_id, problem, decision)
            await self._jobs.put(connection, DELETE_OBJECTS, {"folder": track.folder})
        decided = await queries.find_any_track(connection, track_id)
        assert decided is not None
        return decided
