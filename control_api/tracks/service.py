"""A DJ's library: one's own tracks, and what a mix has to know and to say of them."""

import math
from collections.abc import Sequence
from datetime import datetime

from control_api.crates.errors import CrateNotFound
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.errors import ValidationFailed
from control_api.identity import UserId
from control_api.tracks import page_queries, queries
from control_api.tracks.deletion import DELETE_OBJECTS
from control_api.tracks.errors import TrackBeingProcessed, TrackNotFound, TrackNotReady
from control_api.tracks.models import (
    FRAMES_PER_S,
    HOT_CUE_COUNT,
    PlayableTrack,
    Track,
    TrackChanges,
    TrackId,
    TrackStatus,
    Wanted,
)
from control_api.tracks.ports import JobQueue, TrackListener
from control_api.tracks.queries import Lock

ANALYSE_TRACK = "analyse_track"
"""The job that analyses a track that is ready anew. Payload: track_id."""
RELOADED_AFTER = frozenset({"title", "artist", "bpm", "grid_frame", "hot_cues", "cue_frame"})
"""Columns that a mixer knows of a loaded track."""


class TracksService:
    """Every method that takes a `dj_id` sees the tracks of that DJ alone; others' are TrackNotFound."""

    def __init__(self, database: Database, jobs: JobQueue, listener: TrackListener) -> None:
        self._database = database
        self._jobs = jobs
        self._listener = listener

    async def page(self, dj_id: UserId, wanted: Wanted, *, offset: int, limit: int) -> tuple[list[Track], int]:
        """One page of what is wanted, and how many there are in all. Raises CrateNotFound."""
        async with self._database.connection() as connection:
            if wanted.crate_id and not await page_queries.owns_crate(connection, dj_id, wanted.crate_id):
                raise CrateNotFound
            return await page_queries.page_tracks(connection, dj_id, wanted, offset=offset, limit=limit)

    async def get(self, dj_id: UserId, track_id: TrackId) -> Track:
        """Raises TrackNotFound."""
        async with self._database.connection() as connection:
            return await self._own(connection, dj_id, track_id)

    async def find_many(
        self, connection: Connection, dj_id: UserId, track_ids: Sequence[TrackId]
    ) -> dict[TrackId, Track]:
        """Those of the tracks that are the DJ's."""
        return await queries.find_tracks(connection, dj_id, track_ids)

    async def require(self, connection: Connection, dj_id: UserId, track_ids: Sequence[TrackId]) -> None:
        """Raises TrackNotFound unless all of the tracks are the DJ's; they stay until the transaction ends."""
        wanted = set(track_ids)
        if await queries.lock_tracks(connection, dj_id, wanted) != wanted:
            raise TrackNotFound

    async def edit(self, dj_id: UserId, track_id: TrackId, changes: TrackChanges) -> Track:
        """A changed grid is from then on the DJ's own.

        Raises TrackNotFound, ValidationFailed for what lies behind the end, and TrackBeingProcessed while inspection
        has yet to write what it finds.
        """
        if "bpm" in changes:
            changes = {**changes, "grid_edited": True, "bpm_confidence": None}
        async with self._database.transaction() as connection:
            track = await self._own(connection, dj_id, track_id, lock=Lock.CHANGE)
            if track.status is TrackStatus.PROCESSING:
                raise TrackBeingProcessed
            _check_positions(track, changes)
            if changes:
                await queries.update_track(connection, track_id, changes)
            edited = await self._own(connection, dj_id, track_id)
        if changes.keys() & RELOADED_AFTER and (playable := PlayableTrack.of(edited)):
            await self._listener.track_edited(dj_id, playable)
        return edited

    async def delete(self, dj_id: UserId, track_id: TrackId) -> None:
        """Take it out of the library, crates, playlists and the queue; its objects go with a job.

        A mix that has it loaded plays on: the mixer has its own copy. Raises TrackNotFound.
        """
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            track = await self._own(connection, dj_id, track_id, lock=Lock.DELETE)
            await queries.delete_track(connection, track_id)
            # Also of one that was never ready: an inspection that broke off may have left some.
            await self._jobs.put(connection, DELETE_OBJECTS, {"folder": track.folder})

    async def analyse(self, dj_id: UserId, track_id: TrackId) -> Track:
        """Have it analysed anew; a grid that was edited gives way to the one that is found.

        Raises TrackNotFound, TrackNotReady.
        """
        async with self._database.transaction() as connection:
            track = await self._own(connection, dj_id, track_id, lock=Lock.CHANGE)
            if track.status is not TrackStatus.READY:
                raise TrackNotReady
            await queries.update_track(connection, track_id, {"grid_edited": False})
            job = {"track_id": str(track_id)}
            # Minutes of a processor each, so asking again and again is asking once.
            if not await self._jobs.is_waiting(connection, ANALYSE_TRACK, job):
                await self._jobs.put(connection, ANALYSE_TRACK, job)
            return await self._own(connection, dj_id, track_id)

    async def playable(self, dj_id: UserId, track_id: TrackId) -> PlayableTrack:
        """What a mixer needs to play it. Raises TrackNotFound, TrackNotReady."""
        playable = PlayableTrack.of(await self.get(dj_id, track_id))
        if playable is None:
            raise TrackNotReady
        return playable

    async def hot_cues_changed(
        self, connection: Connection, track_id: TrackId, hot_cues: Sequence[float | None]
    ) -> None:
        """Keep what was set at a deck. A track that is gone stays gone. Raises ValueError for what are no hot cues."""
        if len(hot_cues) != HOT_CUE_COUNT or not all(
            frame is None or (math.isfinite(frame) and frame >= 0) for frame in hot_cues
        ):
            raise ValueError("hot cues are eight frames or nulls")
        await queries.set_hot_cues(connection, track_id, tuple(hot_cues))

    async def played(self, connection: Connection, track_id: TrackId, at: datetime) -> None:
        """Count that it was played. Call it once for each play, in the transaction that remembers the play."""
        await queries.count_play(connection, track_id, at)

    async def _own(self, connection: Connection, dj_id: UserId, track_id: TrackId, *, lock: Lock = Lock.NONE) -> Track:
        track = await queries.find_track(connection, dj_id, track_id, lock=lock)
        if track is None:
            raise TrackNotFound
        return track


def _check_positions(track: Track, changes: TrackChanges) -> None:
    if track.duration_s is None:
        return
    length = track.duration_s * FRAMES_PER_S
    positions = {
        "hotCues": changes.get("hot_cues", ()),
        "cueFrame": [changes.get("cue_frame")],
        "grid": [changes.get("grid_frame")],
    }
    problems = [
        {"in": "body", "field": field, "message": "lies behind the end of the track"}
        for field, frames in positions.items()
        if any(frame is not None and frame > length for frame in frames)
    ]
    if problems:
        raise ValidationFailed(details={"fields": problems})
