"""SQL of uploads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import TrackId
from control_api.uploads.models import Upload, UploadId


async def lock_dj(connection: Connection, dj_id: UserId) -> None:
    """Have whatever else counts this DJ's bytes wait for the end of the transaction."""
    await connection.execute("select 1 from app_user where id = $1 for no key update", dj_id)


async def stored_bytes(connection: Connection, dj_id: UserId) -> tuple[int, int, int]:
    """Bytes of the DJ's files that are kept, bytes set aside for uploads, and how many of these there are."""
    row = await connection.fetchrow(
        "select"
        " (select coalesce(sum(file_size), 0) from track where dj_id = $1 and status <> 'rejected')::bigint as kept,"
        " coalesce(sum(length_bytes), 0)::bigint as promised, count(*) as uploads"
        " from upload where dj_id = $1 and completed_at is null",
        dj_id,
    )
    assert row is not None
    return row["kept"], row["promised"], row["uploads"]


async def insert(
    connection: Connection, dj_id: UserId, file_name: str, length: int, now: datetime, expires_at: datetime
) -> Upload:
    row = await connection.fetchrow(
        "insert into upload (dj_id, file_name, length_bytes, created_at, expires_at) values ($1, $2, $3, $4, $5)"
        " returning *",
        dj_id,
        file_name,
        length,
        now,
        expires_at,
    )
    assert row is not None
    return _upload(row)


async def find(connection: Connection, dj_id: UserId, upload_id: UploadId, now: datetime) -> Upload | None:
    row = await connection.fetchrow(
        "select * from upload where id = $1 and dj_id = $2 and expires_at > $3", upload_id, dj_id, now
    )
    return _upload(row) if row else None


async def take_lock(
    connection: Connection, dj_id: UserId, upload_id: UploadId, lock: str, now: datetime, until: datetime
) -> Upload | None:
    """The upload, now held under `lock`; None when there is none, or another holds it."""
    row = await connection.fetchrow(
        "update upload set locked_by = $3, locked_until = $5 where id = $1 and dj_id = $2 and expires_at > $4"
        " and (locked_until is null or locked_until <= $4) returning *",
        upload_id,
        dj_id,
        lock,
        now,
        until,
    )
    return _upload(row, lock) if row else None


async def release_lock(connection: Connection, upload: Upload) -> None:
    await connection.execute(
        "update upload set locked_by = null, locked_until = null where id = $1 and locked_by = $2",
        upload.id,
        upload.lock,
    )


async def advance(
    connection: Connection, upload: Upload, offset: int, *, until: datetime, expires_at: datetime
) -> bool:
    """Have it stand at `offset`; False when the lock is lost."""
    tag = await connection.execute(
        "update upload set offset_bytes = $3, locked_until = $4, expires_at = $5 where id = $1 and locked_by = $2",
        upload.id,
        upload.lock,
        offset,
        until,
        expires_at,
    )
    return tag == "UPDATE 1"


async def complete(
    connection: Connection, upload: Upload, length: int, track_id: TrackId, now: datetime, expires_at: datetime
) -> bool:
    """All of it is there, and is a track; False when the lock is lost."""
    tag = await connection.execute(
        "update upload set length_bytes = $3, offset_bytes = $3, completed_at = $5, expires_at = $6, track_id = $4,"
        " locked_by = null, locked_until = null where id = $1 and locked_by = $2",
        upload.id,
        upload.lock,
        length,
        track_id,
        now,
        expires_at,
    )
    return tag == "UPDATE 1"


async def insert_track(
    connection: Connection, dj_id: UserId, file_name: str, suffix: str, title: str, size: int, now: datetime
) -> TrackId:
    row = await connection.fetchrow(
        "insert into track (dj_id, file_name, suffix, title, file_size, upload_date) values ($1, $2, $3, $4, $5, $6)"
        " returning id",
        dj_id,
        file_name,
        suffix,
        title,
        size,
        now,
    )
    assert row is not None
    return TrackId(row["id"])


async def lapsed(connection: Connection, now: datetime, limit: int) -> list[Upload]:
    """Uploads that nobody may go on with, and whose file no inspection waits for."""
    rows = await connection.fetch(
        "select u.* from upload u left join track t on t.id = u.track_id"
        " where u.expires_at <= $1 and (u.locked_until is null or u.locked_until <= $1)"
        " and t.status is distinct from 'processing' order by u.expires_at limit $2",
        now,
        limit,
    )
    return [_upload(row) for row in rows]


async def delete(connection: Connection, upload_id: UploadId) -> None:
    await connection.execute("delete from upload where id = $1", upload_id)


async def unknown(connection: Connection, upload_ids: Sequence[UploadId]) -> list[UploadId]:
    """Those of the ids that neither an upload nor a job has."""
    rows = await connection.fetch(
        "select id from unnest($1::uuid[]) as id where not exists (select from upload where upload.id = id.id)"
        " and not exists (select from job where payload ->> 'upload_id' = id.id::text and failed_at is null)",
        [UUID(str(upload_id)) for upload_id in upload_ids],
    )
    return [UploadId(row["id"]) for row in rows]


def _upload(row: asyncpg.Record, lock: str | None = None) -> Upload:
    return Upload(
        id=UploadId(row["id"]),
        dj_id=UserId(row["dj_id"]),
        file_name=row["file_name"],
        length_bytes=row["length_bytes"],
        offset_bytes=row["offset_bytes"],
        expires_at=row["expires_at"],
        is_complete=row["completed_at"] is not None,
        track_id=TrackId(row["track_id"]) if row["track_id"] else None,
        lock=lock,
    )
