"""SQL of those who watch."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId, ViewerId
from control_api.streams.models import Viewer


async def insert_viewer(connection: Connection, stream_id: StreamId, user_id: UserId | None, now: datetime) -> ViewerId:
    return ViewerId(
        await connection.fetchval(
            "insert into stream_viewer (stream_id, user_id, joined_at) values ($1, $2, $3) returning id",
            stream_id,
            user_id,
            now,
        )
    )


async def find_viewer(connection: Connection, stream_id: StreamId, viewer_id: ViewerId) -> Viewer | None:
    row = await connection.fetchrow(
        "select v.id, v.stream_id, v.user_id, u.username, v.joined_at"
        " from stream_viewer v left join app_user u on u.id = v.user_id where v.stream_id = $1 and v.id = $2",
        stream_id,
        viewer_id,
    )
    return _viewer(row) if row else None


async def mark_left(connection: Connection, viewer_id: ViewerId, now: datetime) -> None:
    await connection.execute("update stream_viewer set left_at = $2 where id = $1 and left_at is null", viewer_id, now)


async def page_viewers(
    connection: Connection, stream_id: StreamId, present: Sequence[ViewerId], *, offset: int, limit: int
) -> tuple[list[Viewer], int]:
    """Those of `present` who joined this stream and have not left it, longest there first, and how many there are."""
    total = await connection.fetchval(
        "select count(*) from stream_viewer where stream_id = $1 and id = any($2::uuid[]) and left_at is null",
        stream_id,
        list(present),
    )
    rows = await connection.fetch(
        "select v.id, v.stream_id, v.user_id, u.username, v.joined_at"
        " from stream_viewer v left join app_user u on u.id = v.user_id"
        " where v.stream_id = $1 and v.id = any($2::uuid[]) and v.left_at is null"
        " order by v.joined_at, v.id limit $3 offset $4",
        stream_id,
        list(present),
        limit,
        offset,
    )
    return [_viewer(row) for row in rows], total


async def delete_viewers(connection: Connection, joined_before: datetime, limit: int) -> int:
    return int(
        await connection.fetchval(
            "with deleted as (delete from stream_viewer where id in"
            " (select id from stream_viewer where joined_at < $1 limit $2) returning 1) select count(*) from deleted",
            joined_before,
            limit,
        )
    )


def _viewer(row: asyncpg.Record) -> Viewer:
    return Viewer(
        id=ViewerId(row["id"]),
        stream_id=StreamId(row["stream_id"]),
        user_id=UserId(row["user_id"]) if row["user_id"] else None,
        username=row["username"],
        joined_at=row["joined_at"],
    )
