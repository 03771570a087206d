"""SQL of crates."""

from datetime import datetime

import asyncpg

from control_api.crates.models import Crate, CrateId
from control_api.db.named_rows import NamedRows
from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import TrackId

named = NamedRows("crate")

SELECT_OWN = (
    "select c.id, c.name, c.created_at, (select count(*) from crate_track ct where ct.crate_id = c.id) as track_count"
    " from crate c where c.dj_id = $1 "
)


async def all_crates(connection: Connection, dj_id: UserId) -> list[Crate]:
    return [_crate(row) for row in await connection.fetch(SELECT_OWN + "order by search_words(c.name), c.id", dj_id)]


async def find_crate(connection: Connection, dj_id: UserId, crate_id: CrateId) -> Crate | None:
    row = await connection.fetchrow(SELECT_OWN + "and c.id = $2", dj_id, crate_id)
    return _crate(row) if row else None


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
