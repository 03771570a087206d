"""SQL of chats."""

from datetime import datetime, timedelta

import asyncpg

from control_api.chat.models import Badge, Message, MessageId, NewMessage, Silenced
from control_api.db.pool import Connection
from control_api.identity import Role, StreamId, UserId


async def insert_message(connection: Connection, message: NewMessage) -> Message:
    row = await connection.fetchrow(
        "with written as (insert into chat_message (stream_id, user_id, badge, text, sent_at)"
        " values ($1, $2, $3, $4, $5) returning *)"
        " select m.*, u.username, u.role from written m join app_user u on u.id = m.user_id",
        message.stream_id,
        message.user_id,
        message.badge,
        message.text,
        message.sent_at,
    )
    assert row is not None
    return _message(row)


async def page_messages(
    connection: Connection, stream_id: StreamId, *, before: int | None, limit: int
) -> list[Message]:
    """The newest of those with a number below `before`, the newest first."""
    rows = await connection.fetch(
        "select m.*, u.username, u.role from chat_message m join app_user u on u.id = m.user_id"
        " where m.stream_id = $1 and m.removed_at is null and ($2::bigint is null or m.number < $2)"
        " order by m.number desc limit $3",
        stream_id,
        before,
        limit,
    )
    return [_message(row) for row in rows]


async def remove_message(
    connection: Connection, stream_id: StreamId, message_id: MessageId, by: UserId, now: datetime
) -> bool:
    """Whether it was there to be removed."""
    removed = await connection.fetchval(
        "update chat_message set removed_at = $4, removed_by = $3"
        " where stream_id = $1 and id = $2 and removed_at is null returning true",
        stream_id,
        message_id,
        by,
        now,
    )
    return removed is not None


async def spend(connection: Connection, user_id: UserId, now: datetime, *, each: timedelta, burst: int) -> bool:
    """Pay for one message: `burst` at once, and one more after each `each`. False when nothing is left."""
    paid = await connection.fetchval(
        "insert into chat_allowance as a (user_id, paid_until) values ($1, $2::timestamptz + $3::interval)"
        " on conflict (user_id) do update set paid_until = greatest(a.paid_until, $2) + $3"
        " where a.paid_until <= $2 + $4::interval returning true",
        user_id,
        now,
        each,
        (burst - 1) * each,
    )
    return paid is not None


async def is_silenced(connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from chat_silence where stream_id = $1 and user_id = $2)", stream_id, user_id
        )
    )


async def silence(connection: Connection, stream_id: StreamId, user_id: UserId, by: UserId, now: datetime) -> None:
    """Nothing changes for who is silenced already."""
    await connection.execute(
        "insert into chat_silence (stream_id, user_id, silenced_by, silenced_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        stream_id,
        user_id,
        by,
        now,
    )


async def lift_silence(connection: Connection, stream_id: StreamId, user_id: UserId) -> None:
    await connection.execute("delete from chat_silence where stream_id = $1 and user_id = $2", stream_id, user_id)


async def page_silenced(
    connection: Connection, stream_id: StreamId, *, offset: int, limit: int
) -> tuple[list[Silenced], int]:
    """Those silenced last first, and how many there are."""
    total = await connection.fetchval("select count(*) from chat_silence where stream_id = $1", stream_id)
    rows = await connection.fetch(
        "select s.user_id, u.username, s.silenced_at from chat_silence s join app_user u on u.id = s.user_id"
        " where s.stream_id = $1 order by s.silenced_at desc, s.user_id limit $2 offset $3",
        stream_id,
        limit,
        offset,
    )
    return [Silenced(UserId(row["user_id"]), row["username"], row["silenced_at"]) for row in rows], total


def _message(row: asyncpg.Record) -> Message:
    return Message(
        id=MessageId(row["id"]),
        number=row["number"],
        stream_id=StreamId(row["stream_id"]),
        user_id=UserId(row["user_id"]),
        username=row["username"],
        role=Role(row["role"]),
        badge=Badge(row["badge"]) if row["badge"] else None,
        text=row["text"],
        sent_at=row["sent_at"],
    )
