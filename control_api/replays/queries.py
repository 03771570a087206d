"""SQL of replays."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.replays.models import (
    DownloadState,
    Init,
    Rendition,
    Replay,
    ReplayId,
    ReplayState,
    Segment,
    Visibility,
    prefix_of,
)

COLUMNS = "r.*, u.username as creator_name"
FROM_REPLAY = "from replay r join app_user u on u.id = r.creator_id "
SELECT_REPLAY = f"select {COLUMNS} {FROM_REPLAY}"
# Others see what is public and has something to see; oneself sees what went wrong too.
LISTED = FROM_REPLAY + (
    "where ($1::uuid is null or r.creator_id = $1)"
    " and (r.creator_id = $2::uuid or (r.visibility = 'public' and r.duration_s > 0))"
)


async def find(connection: Connection, replay_id: ReplayId) -> Replay | None:
    row = await connection.fetchrow(SELECT_REPLAY + "where r.id = $1", replay_id)
    return _replay(row) if row else None


async def page(
    connection: Connection, creator_id: UserId | None, seen_by: UserId | None, *, offset: int, limit: int
) -> tuple[list[Replay], int]:
    """The newest first, and how many there are in all."""
    total: int = await connection.fetchval("select count(*) " + LISTED, creator_id, seen_by)
    rows = await connection.fetch(
        f"select {COLUMNS} " + LISTED + " order by r.started_at desc, r.id limit $3 offset $4",
        creator_id,
        seen_by,
        limit,
        offset,
    )
    return [_replay(row) for row in rows], total


async def renditions(connection: Connection, replay_ids: Collection[ReplayId]) -> dict[ReplayId, list[Rendition]]:
    """Those with something in them: of each replay the longest first, pictures before sound."""
    inits: dict[tuple[ReplayId, str], list[Init]] = defaultdict(list)
    for row in await connection.fetch(
        "select * from replay_init where replay_id = any($1::uuid[]) order by init", list(replay_ids)
    ):
        inits[row["replay_id"], row["rendition"]].append(
            Init(row["init"], row["object_name"], row["codec"], row["width"], row["height"])
        )
    found: dict[ReplayId, list[Rendition]] = {replay_id: [] for replay_id in replay_ids}
    for row in await connection.fetch(
        "select * from replay_rendition where replay_id = any($1::uuid[]) and duration_s > 0"
        " order by kind desc, duration_s desc, name",
        list(replay_ids),
    ):
        found[ReplayId(row["replay_id"])].append(
            Rendition(
                name=row["name"],
                kind=row["kind"],
                duration_s=row["duration_s"],
                bytes=row["bytes"],
                peak_bps=row["peak_bps"],
                inits=tuple(inits[row["replay_id"], row["name"]]),
            )
        )
    return found


async def breaks(connection: Connection, replay_id: ReplayId, rendition: str) -> list[float]:
    """Where the publisher came again, in seconds from the beginning."""
    rows = await connection.fetch(
        "select at_s from replay_segment where replay_id = $1 and rendition = $2 and discontinuity and at_s > 0"
        " order by number",
        replay_id,
        rendition,
    )
    return [row["at_s"] for row in rows]


async def segments(connection: Connection, replay_id: ReplayId, rendition: str) -> list[Segment]:
    rows = await connection.fetch(
        "select * from replay_segment where replay_id = $1 and rendition = $2 order by number", replay_id, rendition
    )
    return [
        Segment(
            number=row["number"],
            init=row["init"],
            object_name=row["object_name"],
            duration_s=row["duration_s"],
            media_s=row["media_s"],
            date_time=row["date_time"],
            bytes=row["bytes"],
            discontinuity=row["discontinuity"],
        )
        for row in rows
    ]


async def edit(
    connection: Connection,
    replay: Replay,
    *,
    title: str,
    description: str,
    visibility: Visibility,
    keep_until: datetime | None,
) -> None:
    await connection.execute(
        "update replay set title = $2, description = $3, visibility = $4, keep_until = $5 where id = $1",
        replay.id,
        title,
        description,
        visibility.value,
        keep_until,
    )


async def delete(connection: Connection, replay_id: ReplayId) -> None:
    """A recording of it that is under way ends, and no other begins by itself."""
    await connection.execute("update stream set record = false where recording_id = $1", replay_id)
    await connection.execute("delete from replay where id = $1", replay_id)


async def delete_lapsed(connection: Connection, now: datetime, limit: int) -> list[str]:
    """What the keys of the objects of those that are deleted begin with."""
    rows = await connection.fetch(
        "delete from replay where id in (select id from replay where keep_until <= $1 and state <> 'recording'"
        " limit $2) returning id, creator_id, stream_id",
        now,
        limit,
    )
    return [prefix_of(UserId(row["creator_id"]), StreamId(row["stream_id"]), ReplayId(row["id"])) for row in rows]


async def set_thumbnail(connection: Connection, replay_id: ReplayId, key: str) -> bool:
    """False when there is no such replay."""
    return await connection.execute("update replay set thumbnail_key = $2 where id = $1", replay_id, key) == "UPDATE 1"


def _replay(row: asyncpg.Record) -> Replay:
    return Replay(
        id=ReplayId(row["id"]),
        stream_id=StreamId(row["stream_id"]),
        creator_id=UserId(row["creator_id"]),
        creator_name=row["creator_name"],
        title=row["title"],
        description=row["description"],
        state=ReplayState(row["state"]),
        visibility=Visibility(row["visibility"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        duration_s=row["duration_s"],
        bytes=row["bytes"],
        keep_until=row["keep_until"],
        thumbnail_key=row["thumbnail_key"],
        download_state=DownloadState(row["download_state"]),
        download_progress=row["download_progress"],
        download_key=row["download_key"],
    )
