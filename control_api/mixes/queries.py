"""SQL of mixes and their members."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.mixes.models import Member, Mix

MEMBERS = (
    "select m.stream_id, m.user_id, u.username from mix_member m join app_user u on u.id = m.user_id"
    " where m.stream_id = any($1::uuid[]) order by m.joined_at, u.username"
)


async def insert_mix(
    connection: Connection, stream_id: StreamId, lead_id: UserId, mixer_id: str, deck_count: int, now: datetime
) -> None:
    """A new mix whose lead is its only member."""
    await connection.execute(
        "insert into mix (stream_id, lead_id, mixer_id, deck_count, opened_at, last_entered_at)"
        " values ($1, $2, $3, $4, $5, $5)",
        stream_id,
        lead_id,
        mixer_id,
        deck_count,
        now,
    )
    await insert_member(connection, stream_id, lead_id, now)


async def find_open(connection: Connection, stream_id: StreamId) -> Mix | None:
    rows = await connection.fetch("select * from mix where stream_id = $1 and closed_at is null", stream_id)
    return await _first(connection, rows)


async def lock_open(connection: Connection, stream_id: StreamId) -> Mix | None:
    """The mix unless it is closed; nobody else changes it, or who is in it, until the transaction ends."""
    rows = await connection.fetch("select * from mix where stream_id = $1 and closed_at is null for update", stream_id)
    return await _first(connection, rows)


async def find_open_of(connection: Connection, user_id: UserId) -> Mix | None:
    """The open mix that the user leads, else the one they joined last."""
    rows = await connection.fetch(
        "select x.* from mix x join mix_member m on m.stream_id = x.stream_id and m.user_id = $1"
        " where x.closed_at is null order by (x.lead_id = $1) desc, m.joined_at desc, x.stream_id limit 1",
        user_id,
    )
    return await _first(connection, rows)


async def all_open_of(connection: Connection, user_id: UserId) -> list[StreamId]:
    """The ids of the open mixes that the user is a member of."""
    rows = await connection.fetch(
        "select x.stream_id from mix x join mix_member m on m.stream_id = x.stream_id and m.user_id = $1"
        " where x.closed_at is null",
        user_id,
    )
    return [StreamId(row["stream_id"]) for row in rows]


async def all_open(connection: Connection) -> list[Mix]:
    rows = await connection.fetch("select * from mix where closed_at is null order by opened_at, stream_id")
    return await _with_members(connection, rows)


async def count_open_by_mixer(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch("select mixer_id, count(*) as n from mix where closed_at is null group by mixer_id")
    return {row["mixer_id"]: row["n"] for row in rows}


async def is_member(connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from mix_member where stream_id = $1 and user_id = $2)", stream_id, user_id
        )
    )


async def is_member_of_open(connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from mix_member m join mix x on x.stream_id = m.stream_id and x.closed_at is null"
            " where m.stream_id = $1 and m.user_id = $2)",
            stream_id,
            user_id,
        )
    )


async def members_of_open(connection: Connection, stream_ids: Collection[StreamId]) -> dict[StreamId, set[UserId]]:
    """Who is a member of each of these that is an open mix."""
    rows = await connection.fetch(
        "select m.stream_id, m.user_id from mix_member m join mix x on x.stream_id = m.stream_id"
        " where x.closed_at is null and m.stream_id = any($1::uuid[])",
        list(stream_ids),
    )
    members: dict[StreamId, set[UserId]] = {}
    for row in rows:
        members.setdefault(StreamId(row["stream_id"]), set()).add(UserId(row["user_id"]))
    return members


async def find_dj(connection: Connection, username: str) -> UserId | None:
    user_id = await connection.fetchval(
        "select id from app_user where lower(username) = lower($1) and role = 'dj'", username
    )
    return UserId(user_id) if user_id else None


async def insert_member(connection: Connection, stream_id: StreamId, user_id: UserId, now: datetime) -> None:
    await connection.execute(
        "insert into mix_member (stream_id, user_id, joined_at) values ($1, $2, $3) on conflict do nothing",
        stream_id,
        user_id,
        now,
    )


async def delete_member(connection: Connection, stream_id: StreamId, user_id: UserId) -> None:
    await connection.execute("delete from mix_member where stream_id = $1 and user_id = $2", stream_id, user_id)


async def set_lead(connection: Connection, stream_id: StreamId, user_id: UserId) -> None:
    await connection.execute("update mix set lead_id = $2 where stream_id = $1", stream_id, user_id)


async def set_entered(
    connection: Connection, stream_id: StreamId, now: datetime, *, unless_within: timedelta = timedelta()
) -> None:
    """Somebody is in the booth; written unless that was written within so long."""
    await connection.execute(
        "update mix set last_entered_at = $2 where stream_id = $1 and last_entered_at <= $3",
        stream_id,
        now,
        now - unless_within,
    )


async def move(connection: Connection, stream_id: StreamId, mixer_id: str) -> None:
    """Have the mix run by `mixer_id`, and fed with a newer generation than before, so that the older is fenced."""
    await connection.execute(
        "update mix set mixer_id = $2, feed_generation = feed_generation + 1 where stream_id = $1",
        stream_id,
        mixer_id,
    )


async def set_revision(connection: Connection, stream_id: StreamId, revision: int) -> None:
    await connection.execute("update mix set revision = $2 where stream_id = $1", stream_id, revision)


async def close(connection: Connection, stream_id: StreamId, now: datetime) -> None:
    await connection.execute("update mix set closed_at = $2 where stream_id = $1 and closed_at is null", stream_id, now)


async def _first(connection: Connection, rows: Sequence[asyncpg.Record]) -> Mix | None:
    mixes = await _with_members(connection, rows)
    return mixes[0] if mixes else None


async def _with_members(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Mix]:
    if not rows:
        return []
    members: dict[StreamId, list[Member]] = {StreamId(row["stream_id"]): [] for row in rows}
    for member in await connection.fetch(MEMBERS, list(members)):
        members[StreamId(member["stream_id"])].append(Member(UserId(member["user_id"]), member["username"]))
    return [_mix(row, members[StreamId(row["stream_id"])]) for row in rows]


def _mix(row: asyncpg.Record, members: Sequence[Member]) -> Mix:
    return Mix(
        stream_id=StreamId(row["stream_id"]),
        lead_id=UserId(row["lead_id"]),
        mixer_id=row["mixer_id"],
        deck_count=row["deck_count"],
        revision=row["revision"],
        feed_generation=row["feed_generation"],
        opened_at=row["opened_at"],
        last_entered_at=row["last_entered_at"],
        members=members,
    )
