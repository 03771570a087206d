"""SQL of what media workers say of recordings."""

from datetime import datetime

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.replays.models import Init, Kind, ReplayId, Segment, prefix_of


async def lock(connection: Connection, replay_id: ReplayId) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "select id, stream_id, creator_id, state, download_state, download_key from replay where id = $1 for update",
        replay_id,
    )


def prefix(row: asyncpg.Record) -> str:
    """Of the objects of the replay that was locked."""
    return prefix_of(UserId(row["creator_id"]), StreamId(row["stream_id"]), ReplayId(row["id"]))


async def put_init(connection: Connection, replay_id: ReplayId, rendition: str, kind: Kind, init: Init) -> None:
    await connection.execute(
        "insert into replay_rendition (replay_id, name, kind) values ($1, $2, $3) on conflict do nothing",
        replay_id,
        rendition,
        kind,
    )
    await connection.execute(
        "insert into replay_init (replay_id, rendition, init, object_name, codec, width, height)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        replay_id,
        rendition,
        init.number,
        init.object_name,
        init.codec,
        init.width,
        init.height,
    )


async def insert_segment(connection: Connection, replay_id: ReplayId, rendition: str, segment: Segment) -> bool:
    """False when it was there before. Raises asyncpg.ForeignKeyViolationError when its rendition was never told of."""
    return bool(
        await connection.fetchval(
            "insert into replay_segment (replay_id, rendition, number, init, object_name, duration_s, media_s, at_s,"
            " date_time, bytes, discontinuity) values ($1, $2, $3, $4, $5, $6, $7, coalesce("
            "(select duration_s from replay_rendition where replay_id = $1 and name = $2), 0), $8, $9, $10)"
            " on conflict do nothing returning true",
            replay_id,
            rendition,
            segment.number,
            segment.init,
            segment.object_name,
            segment.duration_s,
            segment.media_s,
            segment.date_time,
            segment.bytes,
            segment.discontinuity,
        )
    )


async def count_segment(
    connection: Connection, replay_id: ReplayId, rendition: str, segment: Segment, now: datetime
) -> None:
    """The replay is longer by this segment. What could be downloaded of it is not all of it any more."""
    await connection.execute(
        "update replay_rendition set duration_s = duration_s + $3, bytes = bytes + $4,"
        " peak_bps = greatest(peak_bps, $4 * 8 / $3) where replay_id = $1 and name = $2",
        replay_id,
        rendition,
        segment.duration_s,
        float(segment.bytes),
    )
    await connection.execute(
        "update replay set bytes = bytes + $2, last_heard_at = $3, duration_s ="
        " (select max(duration_s) from replay_rendition where replay_id = $1),"
        " state = case when state = 'failed' then 'ready' else state end,"
        " ended_at = case when state = 'recording' then null else greatest(ended_at, $4) end,"
        " download_state = 'none', download_progress = 0, download_key = null, download_made_at = null"
        " where id = $1",
        replay_id,
        segment.bytes,
        now,
        segment.date_time,
    )


async def close(connection: Connection, replay_id: ReplayId, now: datetime) -> bool:
    """Nothing follows; False when it was closed before. It ends with its last segment, and has failed without any."""
    return bool(
        await connection.fetchval(
            "update replay set state = case when duration_s > 0 then 'ready' else 'failed' end, last_heard_at = $2,"
            " ended_at = coalesce((select max(date_time + make_interval(secs => duration_s)) from replay_segment"
            " where replay_id = $1), $2) where id = $1 and state = 'recording' returning true",
            replay_id,
            now,
        )
    )


async def abandoned(connection: Connection, before: datetime) -> list[ReplayId]:
    """Recordings that nothing was heard of since then, and that nobody wants any more."""
    rows = await connection.fetch(
        "select r.id from replay r join stream s on s.id = r.stream_id where r.state = 'recording'"
        " and r.last_heard_at < $1 and (s.status = 'ended' or s.recording_id is distinct from r.id)"
        " and coalesce(s.end_time, $1) <= $1",
        before,
    )
    return [ReplayId(row["id"]) for row in rows]


async def forget_unpublished(connection: Connection, replay_id: ReplayId) -> bool:
    """Delete it if its stream was never published: there was nothing that could have been recorded."""
    tag = await connection.execute(
        "delete from replay r using stream s where r.id = $1 and s.id = r.stream_id and r.duration_s = 0"
        " and s.ended_reason = 'never_published'",
        replay_id,
    )
    return tag == "DELETE 1"
