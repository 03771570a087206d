"""SQL of stream keys."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import Role, UserId
from control_api.stream_keys.models import KeyHolder, StreamKey, StreamKeyId


async def insert_key(
    connection: Connection, creator_id: UserId, label: str, key_hash: bytes, hint: str, now: datetime
) -> StreamKey:
    row = await connection.fetchrow(
        "insert into stream_key (creator_id, label, key_hash, hint, created_at) values ($1, $2, $3, $4, $5)"
        " returning *",
        creator_id,
        label,
        key_hash,
        hint,
        now,
    )
    assert row is not None
    return _key(row)


async def all_of(connection: Connection, creator_id: UserId) -> list[StreamKey]:
    """The oldest first."""
    rows = await connection.fetch("select * from stream_key where creator_id = $1 order by created_at, id", creator_id)
    return [_key(row) for row in rows]


async def count_good(connection: Connection, creator_id: UserId) -> int:
    """Those that were not revoked."""
    return int(
        await connection.fetchval(
            "select count(*) from stream_key where creator_id = $1 and revoked_at is null", creator_id
        )
    )


async def rotate(
    connection: Connection, creator_id: UserId, key_id: StreamKeyId, key_hash: bytes, hint: str, now: datetime
) -> StreamKey | None:
    """None when the creator has no such key, or has revoked it."""
    row = await connection.fetchrow(
        "update stream_key set key_hash = $3, hint = $4, created_at = $5, last_used_at = null"
        " where id = $2 and creator_id = $1 and revoked_at is null returning *",
        creator_id,
        key_id,
        key_hash,
        hint,
        now,
    )
    return _key(row) if row else None


async def revoke(connection: Connection, creator_id: UserId, key_id: StreamKeyId, now: datetime) -> StreamKey | None:
    """One that was revoked before stays as it was; None when the creator has no such key."""
    row = await connection.fetchrow(
        "update stream_key set revoked_at = coalesce(revoked_at, $3) where id = $2 and creator_id = $1 returning *",
        creator_id,
        key_id,
        now,
    )
    return _key(row) if row else None


async def find_by_hash(connection: Connection, hashes: Sequence[bytes]) -> tuple[StreamKey, KeyHolder] | None:
    row = await connection.fetchrow(
        "select k.*, u.username, u.role from stream_key k join app_user u on u.id = k.creator_id"
        " where k.key_hash = any($1::bytea[])",
        list(hashes),
    )
    if row is None:
        return None
    return _key(row), KeyHolder(StreamKeyId(row["id"]), UserId(row["creator_id"]), row["username"], Role(row["role"]))


async def set_used(connection: Connection, key_id: StreamKeyId, key_hash: bytes, now: datetime) -> None:
    """It was used, and is known by this hash from now on."""
    await connection.execute(
        "update stream_key set last_used_at = $3, key_hash = $2 where id = $1", key_id, key_hash, now
    )


async def delete_revoked(connection: Connection, before: datetime, limit: int) -> int:
    return int(
        await connection.fetchval(
            "with deleted as (delete from stream_key where id in"
            " (select id from stream_key where revoked_at < $1 limit $2) returning 1) select count(*) from deleted",
            before,
            limit,
        )
    )


def _key(row: asyncpg.Record) -> StreamKey:
    return StreamKey(
        id=StreamKeyId(row["id"]),
        creator_id=UserId(row["creator_id"]),
        label=row["label"],
        hint=row["hint"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
