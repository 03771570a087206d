"""Covers that a DJ chooses."""

from control_api.db.pool import Database
from control_api.identity import UserId
from control_api.objects.store import Objects
from control_api.tracks import queries
from control_api.tracks.errors import TrackNotFound, TrackNotReady
from control_api.tracks.models import Track, TrackId, TrackStatus
from control_api.tracks.ports import PictureMaker

KEPT = frozenset({TrackStatus.READY, TrackStatus.HELD})


class CoverService:
    def __init__(self, database: Database, objects: Objects, pictures: PictureMaker) -> None:
        self._database = database
        self._objects = objects
        self._pictures = pictures

    async def put(self, dj_id: UserId, track_id: TrackId, picture: bytes) -> Track:
        """The track with a cover made of the picture. Raises TrackNotFound, TrackNotReady, PictureUnreadable."""
        async with self._database.connection() as connection:
            track = await queries.find_track(connection, dj_id, track_id)
        if track is None:
            raise TrackNotFound
        if track.status not in KEPT:
            raise TrackNotReady
        key = track.cover_key or f"{track.folder}/cover.jpg"
        await self._objects.put(key, await self._pictures.draw(picture))
        async with self._database.connection() as connection:
            await queries.set_cover(connection, track_id, key)
            changed = await queries.find_track(connection, dj_id, track_id)
        if changed is None:
            # It was deleted meanwhile, maybe before this picture was there to be deleted with it.
            await self._objects.delete(key)
            raise TrackNotFound
        return changed
