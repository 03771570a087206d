"""SQL of recordings: which are wanted, and how much room there is."""

from collections.abc import Collection
from datetime import datetime

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.replays.models import RecordingWish, ReplayId, prefix_of


async def unrecorded(connection: Connection) -> list[tuple[StreamId, UserId]]:
    """Live streams that are to be recorded and have no recording, with their creators."""
    rows = await connection.fetch(
        "select id, creator_id from stream where status = 'live' and record and recording_id is null"
    )
    return [(StreamId(row["id"]), UserId(row["creator_id"])) for row in rows]


async def begin(connection: Connection, replay_id: ReplayId, stream_id: StreamId, now: datetime) -> bool:
    """Give the stream a recording; False when it has ended, has one, or is not to have one any more."""
    row = await connection.fetchrow(
        "select creator_id, title, description from stream"
        " where id = $1 and status = 'live' and record and recording_id is null for update",
        stream_id,
    )
    if row is None:
        return False
    await connection.execute(
        "insert into replay (id, stream_id, creator_id, title, description, started_at, last_heard_at)"
        " values ($1, $2, $3, $4, $5, $6, $6)",
        replay_id,
        stream_id,
        row["creator_id"],
        row["title"],
        row["description"],
        now,
    )
    await connection.execute("update stream set recording_id = $2 where id = $1", stream_id, replay_id)
    return True


async def set_wish(connection: Connection, stream_id: StreamId, *, record: bool) -> None:
    """Whether it is to be recorded. A recording that is over, or not wanted any more, is not gone on with."""
    await connection.execute(
        "update stream s set record = $2, recording_id = case when $2 and exists"
        " (select from replay r where r.id = s.recording_id and r.state = 'recording') then s.recording_id end"
        " where s.id = $1 and s.status <> 'ended'",
        stream_id,
        record,
    )


async def used_bytes(connection: Connection, creator_id: UserId) -> int:
    """What the creator's replays take. Files for download are not counted: they go after a while."""
    return int(
        await connection.fetchval(
            "select coalesce(sum(bytes), 0)::bigint from replay where creator_id = $1", creator_id
        )
    )


async def wanted(
    connection: Connection, stream_ids: Collection[StreamId], limit_bytes: int
) -> dict[StreamId, RecordingWish]:
    """The recordings that are wanted of these streams and are not over, each with the room that others leave it."""
    rows = await connection.fetch(
        "select r.id, r.stream_id, r.creator_id,"
        " (select coalesce(sum(o.bytes), 0)::bigint from replay o"
        " where o.creator_id = r.creator_id and o.id <> r.id) as others"
        " from stream s join replay r on r.id = s.recording_id"
        " where s.id = any($1::uuid[]) and r.state = 'recording'",
        list(stream_ids),
    )
    wishes = {}
    for row in rows:
        stream_id, replay_id = StreamId(row["stream_id"]), ReplayId(row["id"])
        prefix = prefix_of(UserId(row["creator_id"]), stream_id, replay_id)
        wishes[stream_id] = RecordingWish(replay_id, prefix, max(0, limit_bytes - row["others"]))
    return wishes
