"""SQL of crates."""

from datetime import datetime

import asyncpg

from control_api.crates.models import Crate, CrateId
from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import TrackId

SELECT_OWN = (
    "select c.id, c.name, c.created_at, (select count(*) from crate_track ct where ct.crate_id = c.id) as track_count"
    " from crate c where c.dj_id = $1 "
)


async def all_crates(connection: Connection, dj_id: UserId) -> list[Crate]:
    return [_crate(row) for row in await connection.fetch(SELECT_OWN + "order by search_words(c.name), c.id", dj_id)]


async def count_crates(connection: Connection, dj_id: UserId) -> int:
    count: int = await connection.fetchval("select count(*) from crate where dj_id = $1", dj_id)
    return count


async def find_crate(connection: Connection, dj_id: UserId, crate_id: CrateId) -> Crate | None:
    row = await connection.fetchrow(SELECT_OWN + "and c.id = $2", dj_id, crate_id)
    return _crate(row) if row else None


async def lock_crate(connection: Connection, dj_id: UserId, crate_id: CrateId) -> bool:
    """Whether it is there; it then stays until the transaction ends, and others that ask for this wait."""
    row = await connection.fetchrow("select from crate where id = $2 and dj_id = $1 for no key update", dj_id, crate_id)
    return row is not None


async def insert_crate(connection: Connection, dj_id: UserId, name: str, now: datetime) -> CrateId | None:
    """None when the DJ has one of that name, whatever the case."""
    crate_id = await connection.fetchval(
        "insert into crate (dj_id, name, created_at) values ($1, $2, $3)"
        " on conflict (dj_id, lower(name)) do nothing returning id",
        dj_id,
        name,
        now,
    )
    return CrateId(crate_id) if crate_id else None


async def rename_crate(connection: Connection, crate_id: CrateId, name: str) -> bool:
    """False when the DJ has another of that name."""
    try:
        async with connection.transaction():
            await connection.execute("update crate set name = $2 where id = $1", crate_id, name)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def delete_crate(connection: Connection, dj_id: UserId, crate_id: CrateId) -> bool:
    """Whether it was there."""
    deleted = await connection.fetchval("delete from crate where id = $2 and dj_id = $1 returning id", dj_id, crate_id)
    return deleted is not None


async def insert_track(connection: Connection, crate_id: CrateId, track_id: TrackId, now: datetime) -> None:
    """One that is in it already stays as it is."""
    await connection.execute(
        "insert into crate_track (crate_id, track_id, added_at) values ($1, $2, $3) on conflict do nothing",
        crate_id,
        track_id,
        now,
    )


async def delete_track(connection: Connection, crate_id: CrateId, track_id: TrackId) -> None:
    await connection.execute("delete from crate_track where crate_id = $1 and track_id = $2", crate_id, track_id)


def _crate(row: asyncpg.Record) -> Crate:
    return Crate(CrateId(row["id"]), row["name"], row["track_count"], row["created_at"])
