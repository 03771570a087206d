"""SQL of streams that are announced before they begin."""

from datetime import datetime

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.streams.models import Announcement, Stream
from control_api.streams.queries import SELECT_STREAM, changed, stream_of


async def insert(connection: Connection, creator_id: UserId, creator_type: str, wish: Announcement) -> Stream:
    """Without a worker: it has none before it begins."""
    row = await connection.fetchrow(
        changed(
            "insert into stream (creator_id, creator_type, title, description, worker_id, start_time,"
            " media_state_since, publish_granted_at, status, scheduled_for, record)"
            " values ($1, $2, $3, $4, '', $5, $5, $5, 'scheduled', $5, $6)"
        ),
        creator_id,
        creator_type,
        wish.title,
        wish.description,
        wish.starts_at,
        wish.record,
    )
    assert row is not None
    return stream_of(row)


async def edit(connection: Connection, stream_id: StreamId, wish: Announcement) -> Stream | None:
    """None when it has begun, or was called off."""
    row = await connection.fetchrow(
        changed(
            "update stream set title = $2, description = $3, scheduled_for = $4, start_time = $4,"
            " record = $5 where id = $1 and is_announced"
        ),
        stream_id,
        wish.title,
        wish.description,
        wish.starts_at,
        wish.record,
    )
    return stream_of(row) if row else None


async def begin(
    connection: Connection, stream_id: StreamId, worker_id: str, title: str, description: str, now: datetime
) -> Stream | None:
    """The announced stream as it goes live from a camera; None when it has begun, or was called off. Raises
    asyncpg.UniqueViolationError when its creator has an open one."""
    row = await connection.fetchrow(
        changed(
            "update stream set status = 'live', worker_id = $2, start_time = $3, media_state_since = $3,"
            " publish_granted_at = $3, title = $4, description = $5 where id = $1 and is_announced"
        ),
        stream_id,
        worker_id,
        now,
        title,
        description,
    )
    return stream_of(row) if row else None


async def call_off(connection: Connection, stream_id: StreamId, now: datetime) -> Stream | None:
    """The announced stream as it ended; None when it has begun, or was called off before."""
    row = await connection.fetchrow(
        changed(
            "update stream set status = 'ended', media_state = 'ended', media_state_since = $2,"
            " ended_reason = 'never_started', end_time = $2 where id = $1 and is_announced"
        ),
        stream_id,
        now,
    )
    return stream_of(row) if row else None


async def all_of(connection: Connection, creator_id: UserId) -> list[Stream]:
    """The next first."""
    rows = await connection.fetch(
        SELECT_STREAM + "where s.creator_id = $1 and is_announced order by s.scheduled_for, s.id", creator_id
    )
    return [stream_of(row) for row in rows]


async def count_of(connection: Connection, creator_id: UserId) -> int:
    return int(
        await connection.fetchval(
            "select count(*) from stream where creator_id = $1 and is_announced",
            creator_id,
        )
    )


async def next_of_all(connection: Connection, limit: int) -> list[Stream]:
    """What anybody has announced, the next first."""
    rows = await connection.fetch(SELECT_STREAM + "where is_announced order by s.scheduled_for, s.id limit $1", limit)
    return [stream_of(row) for row in rows]


async def end_overdue(connection: Connection, before: datetime, now: datetime) -> list[Stream]:
    """What was to begin before then, ended as never published."""
    rows = await connection.fetch(
        changed(
            "update stream set status = 'ended', media_state = 'ended', media_state_since = $2,"
            " ended_reason = 'never_published', end_time = $2"
            " where is_announced and scheduled_for <= $1"
        ),
        before,
        now,
    )
    return [stream_of(row) for row in rows]
