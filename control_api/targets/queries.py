"""SQL of targets."""

from collections.abc import Collection

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.targets.models import Platform, Target, TargetId


async def insert(connection: Connection, target: Target) -> None:
    await connection.execute(
        "insert into stream_target (id, creator_id, platform, label, url, sealed_key, key_hint, enabled, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        target.id,
        target.creator_id,
        target.platform.value,
        target.label,
        target.url,
        target.sealed_key,
        target.key_hint,
        target.enabled,
        target.created_at,
    )


async def find(connection: Connection, creator_id: UserId, target_id: TargetId) -> Target | None:
    """Locked until the transaction ends."""
    row = await connection.fetchrow(
        "select * from stream_target where id = $2 and creator_id = $1 for update", creator_id, target_id
    )
    return _target(row) if row else None


async def update(connection: Connection, target: Target) -> None:
    await connection.execute(
        "update stream_target set label = $2, url = $3, sealed_key = $4, key_hint = $5, enabled = $6 where id = $1",
        target.id,
        target.label,
        target.url,
        target.sealed_key,
        target.key_hint,
        target.enabled,
    )


async def set_sealed(connection: Connection, target: Target, sealed_key: str) -> None:
    """Unless the key is another one by now."""
    await connection.execute(
        "update stream_target set sealed_key = $3 where id = $1 and sealed_key = $2",
        target.id,
        target.sealed_key,
        sealed_key,
    )


async def delete(connection: Connection, creator_id: UserId, target_id: TargetId) -> bool:
    tag = await connection.execute("delete from stream_target where id = $2 and creator_id = $1", creator_id, target_id)
    return tag == "DELETE 1"


async def all_of(connection: Connection, creator_id: UserId) -> list[Target]:
    """The oldest first."""
    rows = await connection.fetch(
        "select * from stream_target where creator_id = $1 order by created_at, id", creator_id
    )
    return [_target(row) for row in rows]


async def enabled_of(connection: Connection, creator_ids: Collection[UserId]) -> list[Target]:
    """The oldest first."""
    rows = await connection.fetch(
        "select * from stream_target where creator_id = any($1::uuid[]) and enabled order by created_at, id",
        list(creator_ids),
    )
    return [_target(row) for row in rows]


def _target(row: asyncpg.Record) -> Target:
    return Target(
        id=TargetId(row["id"]),
        creator_id=UserId(row["creator_id"]),
        platform=Platform(row["platform"]),
        label=row["label"],
        url=row["url"],
        sealed_key=row["sealed_key"],
        key_hint=row["key_hint"],
        enabled=row["enabled"],
        created_at=row["created_at"],
    )
