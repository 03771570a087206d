"""Rows of a DJ that have a name which no other of theirs has: crates and playlists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import UserId


@dataclass(frozen=True, slots=True)
class NamedRows:
    """What is the same of every table with `id`, `dj_id`, `name` and `created_at`. Names differ in more than case."""

    table: Literal["crate", "playlist"]

    async def count(self, connection: Connection, dj_id: UserId) -> int:
        count: int = await connection.fetchval(
            f"select count(*) from {self.table} where dj_id = $1",  # noqa: S608 - a name of ours
            dj_id,
        )
        return count

    async def lock(self, connection: Connection, dj_id: UserId, row_id: UUID) -> bool:
        """Whether it is there; it then stays until the transaction ends, and others that ask for this wait."""
        row = await connection.fetchrow(
            f"select from {self.table} where id = $2 and dj_id = $1 for no key update",
            dj_id,
            row_id,
        )
        return row is not None

    async def insert(self, connection: Connection, dj_id: UserId, name: str, now: datetime) -> UUID | None:
        """None when the DJ has one of that name."""
        row_id: UUID | None = await connection.fetchval(
            f"insert into {self.table} (dj_id, name, created_at) values ($1, $2, $3)"  # noqa: S608 - a name of ours
            " on conflict (dj_id, lower(name)) do nothing returning id",
            dj_id,
            name,
            now,
        )
        return row_id

    async def rename(self, connection: Connection, row_id: UUID, name: str) -> bool:
        """False when the DJ has another of that name."""
        try:
            async with connection.transaction():
                await connection.execute(
                    f"update {self.table} set name = $2 where id = $1",  # noqa: S608 - a name of ours
                    row_id,
                    name,
                )
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def delete(self, connection: Connection, dj_id: UserId, row_id: UUID) -> bool:
        """Whether it was there."""
        deleted = await connection.fetchval(
            f"delete from {self.table} where id = $2 and dj_id = $1 returning id",  # noqa: S608 - a name of ours
            dj_id,
            row_id,
        )
        return deleted is not None
