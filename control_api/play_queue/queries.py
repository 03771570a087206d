"""SQL of the queue."""

from collections.abc import Sequence
from datetime import datetime

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.play_queue.models import Entry, EntryId
from control_api.tracks.models import TrackId


async def all_entries(connection: Connection, dj_id: UserId) -> list[Entry]:
    """The queue from the one that is next."""
    rows = await connection.fetch(
        "select id, track_id, added_at from queue_entry where dj_id = $1 order by position, added_at, id", dj_id
    )
    return [Entry(EntryId(row["id"]), TrackId(row["track_id"]), row["added_at"]) for row in rows]


async def next_ready(connection: Connection, dj_id: UserId, limit: int) -> list[Entry]:
    """The first entries whose tracks can be played."""
    rows = await connection.fetch(
        "select q.id, q.track_id, q.added_at from queue_entry q join track t on t.id = q.track_id"
        " where q.dj_id = $1 and t.status = 'ready' order by q.position, q.added_at, q.id limit $2",
        dj_id,
        limit,
    )
    return [Entry(EntryId(row["id"]), TrackId(row["track_id"]), row["added_at"]) for row in rows]


async def insert_entry(
    connection: Connection, dj_id: UserId, track_id: TrackId, position: int, now: datetime
) -> EntryId:
    entry_id = await connection.fetchval(
        "insert into queue_entry (dj_id, track_id, position, added_at) values ($1, $2, $3, $4) returning id",
        dj_id,
        track_id,
        position,
        now,
    )
    return EntryId(entry_id)


async def set_order(connection: Connection, dj_id: UserId, entry_ids: Sequence[EntryId]) -> None:
    """Number the entries from 0 in the order given."""
    await connection.execute(
        "update queue_entry q set position = new.ordinal - 1"
        " from unnest($2::uuid[]) with ordinality as new (id, ordinal)"
        " where q.id = new.id and q.dj_id = $1 and q.position <> new.ordinal - 1",
        dj_id,
        list(entry_ids),
    )


async def delete_entry(connection: Connection, dj_id: UserId, entry_id: EntryId) -> bool:
    """Whether it was there."""
    deleted = await connection.fetchval(
        "delete from queue_entry where id = $1 and dj_id = $2 returning id", entry_id, dj_id
    )
    return deleted is not None


async def delete_played(connection: Connection, entry_id: EntryId) -> None:
    await connection.execute("delete from queue_entry where id = $1", entry_id)


async def delete_all(connection: Connection, dj_id: UserId) -> None:
    await connection.execute("delete from queue_entry where dj_id = $1", dj_id)
