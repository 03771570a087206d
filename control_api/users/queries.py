"""SQL of user accounts. E-mail addresses and usernames are compared without regard to case."""

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import Role, UserId
from control_api.users.models import Credentials, NewUser, User

SELECT_USER = "select id, email, username, role, verified, created_at, last_login_at, password_hash from app_user "
EMAIL_KEY = "app_user_email_key"
USERNAME_KEY = "app_user_username_key"


async def insert_user(connection: Connection, user: NewUser) -> User:
    """Raises asyncpg.UniqueViolationError, whose constraint_name is EMAIL_KEY or USERNAME_KEY."""
    row = await connection.fetchrow(
        "insert into app_user (email, username, role, password_hash, terms_accepted_at)"
        " values ($1, $2, $3, $4, $5)"
        " returning id, email, username, role, verified, created_at, last_login_at",
        user.email,
        user.username,
        user.role.value,
        user.password_hash,
        user.terms_accepted_at,
    )
    assert row is not None  # insert … returning has a row or raises
    return _user(row)


async def find_user(connection: Connection, user_id: UserId) -> User | None:
    row = await connection.fetchrow(SELECT_USER + "where id = $1", user_id)
    return _user(row) if row else None


async def find_credentials(connection: Connection, email: str) -> Credentials | None:
    row = await connection.fetchrow(SELECT_USER + "where lower(email) = lower($1)", email)
    return Credentials(_user(row), row["password_hash"]) if row else None


async def record_login(connection: Connection, user_id: UserId) -> None:
    await connection.execute("update app_user set last_login_at = now() where id = $1", user_id)


def _user(row: asyncpg.Record) -> User:
    return User(
        id=UserId(row["id"]),
        email=row["email"],
        username=row["username"],
        role=Role(row["role"]),
        verified=row["verified"],
        created_at=row["created_at"],
        last_login_at=row["last_login_at"],
    )
