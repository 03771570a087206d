"""SQL of sign-in sessions and their refresh tokens."""

from datetime import datetime

from control_api.auth.models import StoredRefreshToken
from control_api.db.pool import Connection
from control_api.identity import Role, SessionId, UserId
from control_api.users.models import User


async def insert_session(connection: Connection, user_id: UserId, now: datetime, expires_at: datetime) -> SessionId:
    return SessionId(
        await connection.fetchval(
            "insert into auth_session (user_id, created_at, expires_at) values ($1, $2, $3) returning id",
            user_id,
            now,
            expires_at,
        )
    )


async def delete_expired_sessions(connection: Connection, user_id: UserId, now: datetime) -> None:
    await connection.execute("delete from auth_session where user_id = $1 and expires_at < $2", user_id, now)


async def delete_any_expired_sessions(connection: Connection, now: datetime, limit: int) -> int:
    return int(
        await connection.fetchval(
            "with deleted as (delete from auth_session where id in"
            " (select id from auth_session where expires_at < $1 limit $2) returning 1) select count(*) from deleted",
            now,
            limit,
        )
    )


async def insert_refresh_token(
    connection: Connection, token_hash: bytes, session_id: SessionId, now: datetime, expires_at: datetime
) -> None:
    await connection.execute(
        "insert into refresh_token (token_hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)",
        token_hash,
        session_id,
        now,
        expires_at,
    )
    await connection.execute("update auth_session set expires_at = $2 where id = $1", session_id, expires_at)


async def lock_refresh_token(connection: Connection, token_hash: bytes) -> StoredRefreshToken | None:
    """The token with its family, locked so that two who present it at once are served one after the other."""
    row = await connection.fetchrow(
        "select s.id as session_id, s.revoked_at, t.expires_at, t.rotated_at,"
        " u.id, u.email, u.username, u.role, u.verified, u.created_at, u.last_login_at"
        " from refresh_token t join auth_session s on s.id = t.session_id join app_user u on u.id = s.user_id"
        " where t.token_hash = $1 for update of s, t",
        token_hash,
    )
    if row is None:
        return None
    return StoredRefreshToken(
        session_id=SessionId(row["session_id"]),
        user=User(
            id=UserId(row["id"]),
            email=row["email"],
            username=row["username"],
            role=Role(row["role"]),
            verified=row["verified"],
            created_at=row["created_at"],
            last_login_at=row["last_login_at"],
        ),
        expires_at=row["expires_at"],
        rotated_at=row["rotated_at"],
        revoked_at=row["revoked_at"],
    )


async def mark_rotated(connection: Connection, token_hash: bytes, now: datetime) -> None:
    """Keeps the time of the first rotation: the grace for a second tab does not renew itself."""
    await connection.execute(
        "update refresh_token set rotated_at = $2 where token_hash = $1 and rotated_at is null", token_hash, now
    )


async def delete_expired_tokens(connection: Connection, session_id: SessionId, now: datetime) -> None:
    await connection.execute("delete from refresh_token where session_id = $1 and expires_at < $2", session_id, now)


async def revoke_session(connection: Connection, session_id: SessionId, now: datetime, reason: str) -> None:
    await connection.execute(
        "update auth_session set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null",
        session_id,
        now,
        reason,
    )


async def is_active_session(connection: Connection, session_id: SessionId) -> bool:
    return bool(await connection.fetchval("select revoked_at is null from auth_session where id = $1", session_id))
