"""A DJ's playlists."""

from collections.abc import Sequence

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.identity import UserId
from control_api.playlists import queries
from control_api.playlists.errors import PlaylistNameTaken, PlaylistNotFound, TooManyPlaylists
from control_api.playlists.models import Playlist, PlaylistId
from control_api.tracks.models import Track, TrackId
from control_api.tracks.service import TracksService

MAX_PLAYLISTS = 500
MAX_TRACKS = 1_000


class PlaylistService:
    """Every method sees the playlists of one DJ alone; others' are PlaylistNotFound."""

    def __init__(self, database: Database, tracks: TracksService, clock: Clock) -> None:
        self._database = database
        self._tracks = tracks
        self._clock = clock

    async def all(self, dj_id: UserId) -> list[Playlist]:
        """By name."""
        async with self._database.connection() as connection:
            return await queries.all_playlists(connection, dj_id)

    async def create(self, dj_id: UserId, name: str) -> Playlist:
        """Raises PlaylistNameTaken, TooManyPlaylists."""
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            if await queries.named.count(connection, dj_id) >= MAX_PLAYLISTS:
                raise TooManyPlaylists
            playlist_id = await queries.named.insert(connection, dj_id, name, self._clock())
            if playlist_id is None:
                raise PlaylistNameTaken
            return await self._get(connection, dj_id, PlaylistId(playlist_id))

    async def get(self, dj_id: UserId, playlist_id: PlaylistId) -> tuple[Playlist, list[Track]]:
        """The playlist and its tracks in order, a track as often as it is in it. Raises PlaylistNotFound."""
        async with self._database.connection() as connection:
            return await self._with_tracks(connection, dj_id, playlist_id)

    async def rename(self, dj_id: UserId, playlist_id: PlaylistId, name: str) -> Playlist:
        """Raises PlaylistNotFound, PlaylistNameTaken."""
        async with self._database.transaction() as connection:
            await self._lock(connection, dj_id, playlist_id)
            if not await queries.named.rename(connection, playlist_id, name):
                raise PlaylistNameTaken
            return await self._get(connection, dj_id, playlist_id)

    async def delete(self, dj_id: UserId, playlist_id: PlaylistId) -> None:
        """The tracks stay in the library. Raises PlaylistNotFound."""
        async with self._database.connection() as connection:
            if not await queries.named.delete(connection, dj_id, playlist_id):
                raise PlaylistNotFound

    async def set_tracks(
        self, dj_id: UserId, playlist_id: PlaylistId, track_ids: Sequence[TrackId]
    ) -> tuple[Playlist, list[Track]]:
        """Make these, at most MAX_TRACKS, the whole of it. Of two at a time the later one stands, never a mixture.

        Raises PlaylistNotFound, TrackNotFound.
        """
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            await self._lock(connection, dj_id, playlist_id)
            await self._tracks.require(connection, dj_id, track_ids)
            await queries.replace_tracks(connection, playlist_id, track_ids)
            return await self._with_tracks(connection, dj_id, playlist_id)

    async def _with_tracks(
        self, connection: Connection, dj_id: UserId, playlist_id: PlaylistId
    ) -> tuple[Playlist, list[Track]]:
        playlist = await self._get(connection, dj_id, playlist_id)
        order = await queries.tracks_in_order(connection, playlist_id)
        tracks = await self._tracks.find_many(connection, dj_id, order)
        return playlist, [tracks[track_id] for track_id in order if track_id in tracks]

    async def _lock(self, connection: Connection, dj_id: UserId, playlist_id: PlaylistId) -> None:
        if not await queries.named.lock(connection, dj_id, playlist_id):
            raise PlaylistNotFound

    async def _get(self, connection: Connection, dj_id: UserId, playlist_id: PlaylistId) -> Playlist:
        playlist = await queries.find_playlist(connection, dj_id, playlist_id)
        if playlist is None:
            raise PlaylistNotFound
        return playlist
