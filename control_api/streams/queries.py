"""SQL of streams."""

from datetime import datetime

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import Role, StreamId, UserId
from control_api.streams.models import EndedReason, Ingest, MediaState, NewStream, Source, Status, Stream

COLUMNS = (
    "s.*, u.username as creator_name,"
    " (select r.id from replay r where r.stream_id = s.id and r.duration_s > 0"
    " order by r.started_at desc limit 1) as newest_replay_id,"
    " (select r.id from replay r where r.stream_id = s.id and r.duration_s > 0 and r.visibility = 'public'"
    " order by r.started_at desc limit 1) as newest_public_replay_id"
)
FROM_CHANGED = "from changed s join app_user u on u.id = s.creator_id"
FROM_STREAM = "from stream s join app_user u on u.id = s.creator_id "
SELECT_STREAM = f"select {COLUMNS} {FROM_STREAM}"
COUNT_ON_AIR = (
    "select count(*) from stream s join app_user u on u.id = s.creator_id"
    " where s.status = 'live' and s.media_state in ('live', 'interrupted')"
    " and ($1::text is null or s.creator_type = $1)"
    " and ($2::text is null or s.title ilike $2 or u.username ilike $2)"
)
PAGE_ON_AIR = (
    SELECT_STREAM + "where s.status = 'live' and s.media_state in ('live', 'interrupted')"
    " and ($1::text is null or s.creator_type = $1)"
    " and ($2::text is null or s.title ilike $2 or u.username ilike $2)"
    " order by s.viewer_count desc, s.start_time desc, s.id limit $3 offset $4"
)


def changed(statement: str) -> str:
    """The statement that changes streams, and reads what has become of them."""
    return f"with changed as ({statement} returning *) select {COLUMNS} {FROM_CHANGED}"


async def insert_stream(connection: Connection, stream: NewStream, now: datetime) -> Stream | None:
    """The new stream with publish generation 1, scheduled when it comes from a mix and else live; None when the
    creator has one already that has not ended."""
    row = await connection.fetchrow(
        changed(
            "insert into stream (creator_id, creator_type, title, description, worker_id,"
            " start_time, media_state_since, publish_granted_at, source, status)"
            " values ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8)"
            " on conflict (creator_id) where is_open do nothing"
        ),
        stream.creator_id,
        stream.creator_type.value,
        stream.title,
        stream.description,
        stream.worker_id,
        now,
        stream.source.value,
        (Status.SCHEDULED if stream.source is Source.MIX else Status.LIVE).value,
    )
    return stream_of(row) if row else None


async def find_stream(connection: Connection, stream_id: StreamId) -> Stream | None:
    row = await connection.fetchrow(SELECT_STREAM + "where s.id = $1", stream_id)
    return stream_of(row) if row else None


async def find_open_of_creator(connection: Connection, creator_id: UserId) -> Stream | None:
    """The creator's stream that is in a booth or live."""
    row = await connection.fetchrow(SELECT_STREAM + "where s.creator_id = $1 and is_open", creator_id)
    return stream_of(row) if row else None


async def all_open(connection: Connection) -> list[Stream]:
    """What is in a booth or live."""
    return [stream_of(row) for row in await connection.fetch(SELECT_STREAM + "where is_open")]


async def count_open_by_worker(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch("select worker_id, count(*) as n from stream where is_open group by worker_id")
    return {row["worker_id"]: row["n"] for row in rows}


async def page_on_air(
    connection: Connection, *, role: Role | None, search: str | None, offset: int, limit: int
) -> tuple[list[Stream], int]:
    """Streams on air, those with most viewers first, and how many match in all. `search` is plain text."""
    matching = (role.value if role else None, f"%{_like(search)}%" if search else None)
    total = await connection.fetchval(COUNT_ON_AIR, *matching)
    rows = await connection.fetch(PAGE_ON_AIR, *matching, limit, offset)
    return [stream_of(row) for row in rows], total


async def renew_grant(connection: Connection, stream_id: StreamId, worker_id: str, now: datetime) -> Stream | None:
    """The scheduled or live stream with its next publish generation, on `worker_id`; None when it has ended."""
    row = await connection.fetchrow(
        changed(
            "update stream set publish_generation = publish_generation + 1, publish_granted_at = $3,"
            " worker_id = $2 where id = $1 and status <> 'ended'"
        ),
        stream_id,
        worker_id,
        now,
    )
    return stream_of(row) if row else None


async def go_live(
    connection: Connection, stream_id: StreamId, title: str, description: str, now: datetime
) -> Stream | None:
    """The scheduled stream as it goes live; None when it is live already, or has ended."""
    row = await connection.fetchrow(
        changed(
            "update stream set status = 'live', title = $2, description = $3, start_time = $4,"
            " media_state_since = $4, publish_granted_at = $4 where id = $1 and status = 'scheduled'"
        ),
        stream_id,
        title,
        description,
        now,
    )
    return stream_of(row) if row else None


async def move(connection: Connection, stream_id: StreamId, worker_id: str) -> None:
    """Have the stream that has not ended at another media worker."""
    await connection.execute(
        "update stream set worker_id = $2 where id = $1 and status <> 'ended'", stream_id, worker_id
    )


async def end_stream(
    connection: Connection, stream_id: StreamId, reason: EndedReason, now: datetime, *, generation: int | None = None
) -> Stream | None:
    """The stream as it ended; None when it had ended before, or its generation is not `generation` any more.

    Of a scheduled one the reason is that it never started.
    """
    row = await connection.fetchrow(
        changed(
            "update stream set status = 'ended', media_state = 'ended', media_state_since = $3,"
            " ended_reason = case when status = 'scheduled' then 'never_started' else $2 end, end_time = $3,"
            " viewer_count = 0 where id = $1 and status <> 'ended'"
            " and ($4::integer is null or publish_generation = $4)"
        ),
        stream_id,
        reason.value,
        now,
        generation,
    )
    return stream_of(row) if row else None


async def observe(
    connection: Connection,
    stream: Stream,
    media_state: MediaState,
    viewer_count: int,
    ingest: Ingest | None,
    now: datetime,
) -> Stream | None:
    """The live stream with what its worker says of it; None when nothing changed or the stream has moved on."""
    row = await connection.fetchrow(
        changed(
            "update stream set media_state = $3, viewer_count = $4, ingest = $6,"
            " peak_viewers = greatest(peak_viewers, $4),"
            " media_state_since = case when media_state = $3 then media_state_since else $5 end"
            " where id = $1 and publish_generation = $2 and status = 'live'"
            " and (media_state, viewer_count, ingest) is distinct from ($3, $4, $6)"
        ),
        stream.id,
        stream.publish_generation,
        media_state.value,
        viewer_count,
        now,
        ingest.value if ingest else None,
    )
    return stream_of(row) if row else None


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def stream_of(row: asyncpg.Record) -> Stream:
    return Stream(
        id=StreamId(row["id"]),
        creator_id=UserId(row["creator_id"]),
        creator_type=Role(row["creator_type"]),
        creator_name=row["creator_name"],
        title=row["title"],
        description=row["description"],
        source=Source(row["source"]),
        status=Status(row["status"]),
        media_state=MediaState(row["media_state"]),
        media_state_since=row["media_state_since"],
        ended_reason=EndedReason(row["ended_reason"]) if row["ended_reason"] else None,
        start_time=row["start_time"],
        end_time=row["end_time"],
        viewer_count=row["viewer_count"],
        peak_viewers=row["peak_viewers"],
        worker_id=row["worker_id"],
        publish_generation=row["publish_generation"],
        publish_granted_at=row["publish_granted_at"],
        scheduled_for=row["scheduled_for"],
        record=row["record"],
        ingest=Ingest(row["ingest"]) if row["ingest"] else None,
        recording_id=row["recording_id"],
        newest_replay_id=row["newest_replay_id"],
        newest_public_replay_id=row["newest_public_replay_id"],
    )
