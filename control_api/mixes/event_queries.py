"""SQL of what mixers say has to be kept."""

from collections.abc import Collection
from datetime import datetime

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.tracks.models import TrackId


async def insert_play(
    connection: Connection,
    event_id: str,
    stream_id: StreamId,
    track_id: TrackId,
    *,
    at: datetime,
    on_air: bool,
    by_auto_dj: bool,
) -> bool:
    """False when the event was kept before, or its stream or track are gone."""
    return bool(
        await connection.fetchval(
            "insert into play (event_id, stream_id, dj_id, track_id, title, artist, played_at, on_air, by_auto_dj)"
            " select $1, s.id, t.dj_id, t.id, t.title, t.artist, $4, $5, $6"
            " from stream s, track t where s.id = $2 and t.id = $3"
            " on conflict (event_id) do nothing returning true",
            event_id,
            stream_id,
            track_id,
            at,
            on_air,
            by_auto_dj,
        )
    )


async def is_track_of_member(connection: Connection, stream_id: StreamId, track_id: TrackId) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from track t join mix_member m on m.user_id = t.dj_id"
            " where t.id = $2 and m.stream_id = $1)",
            stream_id,
            track_id,
        )
    )


async def insert_recording(
    connection: Connection,
    event_id: str,
    stream_id: StreamId,
    dj_id: UserId,
    *,
    object_key: str,
    cue_sheet_key: str,
    started_at: datetime,
    duration_s: float,
    size_bytes: int,
) -> None:
    """Once for an event. Raises asyncpg.ForeignKeyViolationError when the stream or the DJ are gone."""
    await connection.execute(
        "insert into mix_recording (event_id, stream_id, dj_id, object_key, cue_sheet_key, started_at, duration_s,"
        " bytes) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (event_id) do nothing",
        event_id,
        stream_id,
        dj_id,
        object_key,
        cue_sheet_key,
        started_at,
        duration_s,
        size_bytes,
    )


async def recorded_bytes(connection: Connection, dj_ids: Collection[UserId]) -> dict[UserId, int]:
    """What the recordings of each of the DJs take; who has none is not there."""
    rows = await connection.fetch(
        "select dj_id, sum(bytes)::bigint as total from mix_recording where dj_id = any($1::uuid[]) group by dj_id",
        list(dj_ids),
    )
    return {UserId(row["dj_id"]): row["total"] for row in rows}
