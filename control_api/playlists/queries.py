"""SQL of playlists."""

from collections.abc import Sequence

import asyncpg

from control_api.db.named_rows import NamedRows
from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.playlists.models import Playlist, PlaylistId
from control_api.tracks.models import TrackId

named = NamedRows("playlist")

SELECT_OWN = (
    "select p.id, p.name, p.created_at, count(pt.track_id) as track_count, coalesce(sum(t.duration_s), 0) as duration_s"
    " from playlist p left join playlist_track pt on pt.playlist_id = p.id left join track t on t.id = pt.track_id"
    " where p.dj_id = $1 "
)


async def all_playlists(connection: Connection, dj_id: UserId) -> list[Playlist]:
    rows = await connection.fetch(SELECT_OWN + "group by p.id order by search_words(p.name), p.id", dj_id)
    return [_playlist(row) for row in rows]


async def find_playlist(connection: Connection, dj_id: UserId, playlist_id: PlaylistId) -> Playlist | None:
    row = await connection.fetchrow(SELECT_OWN + "and p.id = $2 group by p.id", dj_id, playlist_id)
    return _playlist(row) if row else None


async def tracks_in_order(connection: Connection, playlist_id: PlaylistId) -> list[TrackId]:
    rows = await connection.fetch(
        "select track_id from playlist_track where playlist_id = $1 order by position", playlist_id
    )
    return [TrackId(row["track_id"]) for row in rows]


async def replace_tracks(connection: Connection, playlist_id: PlaylistId, track_ids: Sequence[TrackId]) -> None:
    await connection.execute("delete from playlist_track where playlist_id = $1", playlist_id)
    await connection.execute(
        "insert into playlist_track (playlist_id, position, track_id)"
        " select $1, new.ordinal - 1, new.track_id from unnest($2::uuid[]) with ordinality as new (track_id, ordinal)",
        playlist_id,
        list(track_ids),
    )


def _playlist(row: asyncpg.Record) -> Playlist:
    return Playlist(PlaylistId(row["id"]), row["name"], row["track_count"], row["duration_s"], row["created_at"])
