"""SQL of streams that come from encoders."""

from datetime import datetime
from uuid import UUID

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.streams.models import Ingest, NewStream, Stream
from control_api.streams.queries import SELECT_STREAM, changed, stream_of


async def insert(
    connection: Connection, stream: NewStream, *, record: bool, ingest: Ingest, key_id: UUID, now: datetime
) -> Stream | None:
    """A live one; None when the creator has an open one."""
    row = await connection.fetchrow(
        changed(
            "insert into stream (creator_id, creator_type, title, description, worker_id, start_time,"
            " media_state_since, publish_granted_at, source, status, record, ingest, stream_key_id)"
            " values ($1, $2, $3, $4, $5, $6, $6, $6, 'encoder', 'live', $7, $8, $9)"
            " on conflict (creator_id) where is_open do nothing"
        ),
        stream.creator_id,
        stream.creator_type.value,
        stream.title,
        stream.description,
        stream.worker_id,
        now,
        record,
        ingest.value,
        key_id,
    )
    return stream_of(row) if row else None


async def has_ended_one_since(connection: Connection, creator_id: UserId, since: datetime) -> bool:
    """Whether the creator has ended a stream that came from an encoder after that time."""
    return bool(
        await connection.fetchval(
            "select exists (select from stream where creator_id = $1 and source = 'encoder' and status = 'ended'"
            " and ended_reason = 'ended' and end_time > $2)",
            creator_id,
            since,
        )
    )


async def go_on(
    connection: Connection, stream_id: StreamId, worker_id: str, ingest: Ingest, key_id: UUID, now: datetime
) -> Stream | None:
    """The open stream with its next publish generation; None when it has ended."""
    row = await connection.fetchrow(
        changed(
            "update stream set publish_generation = publish_generation + 1, publish_granted_at = $3,"
            " worker_id = $2, ingest = $4, stream_key_id = $5 where id = $1 and status = 'live'"
        ),
        stream_id,
        worker_id,
        now,
        ingest.value,
        key_id,
    )
    return stream_of(row) if row else None


async def begin_announced(
    connection: Connection, stream_id: StreamId, worker_id: str, ingest: Ingest, key_id: UUID, now: datetime
) -> Stream | None:
    """The announced stream as it goes live; None when it is no such stream any more."""
    row = await connection.fetchrow(
        changed(
            "update stream set status = 'live', source = 'encoder', worker_id = $2, start_time = $3,"
            " media_state_since = $3, publish_granted_at = $3, ingest = $4, stream_key_id = $5"
            " where id = $1 and is_announced"
        ),
        stream_id,
        worker_id,
        now,
        ingest.value,
        key_id,
    )
    return stream_of(row) if row else None


async def find_announced(
    connection: Connection, creator_id: UserId, from_: datetime, to: datetime, now: datetime
) -> Stream | None:
    """Of what the creator has announced for between `from_` and `to`, what is nearest to `now`."""
    row = await connection.fetchrow(
        SELECT_STREAM + "where s.creator_id = $1 and s.status = 'scheduled' and s.scheduled_for between $2 and $3"
        " order by abs(extract(epoch from s.scheduled_for - $4)), s.id limit 1",
        creator_id,
        from_,
        to,
        now,
    )
    return stream_of(row) if row else None


async def open_of_key(connection: Connection, key_id: UUID) -> list[Stream]:
    rows = await connection.fetch(
        SELECT_STREAM + "where s.stream_key_id = $1 and s.source = 'encoder' and is_open", key_id
    )
    return [stream_of(row) for row in rows]
