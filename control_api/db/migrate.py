"""Numbered SQL files, applied once each, in order, by whoever holds the lock."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).parent / "migrations"
FILE_NAME = re.compile(r"^(?P<version>\d{4})_[a-z0-9_]+\.sql$")
LOCK_KEY = 0x4E52534D  # "NRSM"
LOCK_POLL_S = 0.1
CONNECT_TIMEOUT_S = 5.0
DDL_LOCK_TIMEOUT = "5s"


class MigrationError(RuntimeError):
    """The files and the database disagree: a file was changed, renumbered or taken away after it was applied."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str
    checksum: str


def read_migrations(directory: Path) -> list[Migration]:
    """The migrations of a folder in order. Raises MigrationError for a name or number that does not fit."""
    migrations: list[Migration] = []
    for path in sorted(directory.glob("*.sql")):
        match = FILE_NAME.match(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like 0001_what_it_does.sql")
        sql = path.read_text(encoding="utf-8")
        migrations.append(Migration(int(match["version"]), path.name, sql, hashlib.sha256(sql.encode()).hexdigest()))
    for position, migration in enumerate(migrations, start=1):
        if migration.version != position:
            raise MigrationError(
                f"{migration.name} should be number {position:04d}: numbers have no gaps and no doubles"
            )
    return migrations


async def migrate(dsn: str, *, directory: Path = MIGRATIONS) -> list[str]:
    """Bring the database up to date and return the names of the files applied now.

    Several processes may call this at once: one applies, the others wait and find nothing to do. Raises
    MigrationError when an applied file has changed or is missing, asyncpg errors and OSError as they come.
    """
    migrations = read_migrations(directory)
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        async with _exclusive(connection):
            return await _apply_pending(connection, migrations)
    finally:
        await connection.close()


@asynccontextmanager
async def _exclusive(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    # A blocking pg_advisory_lock would hold a snapshot while it waits, and any CREATE INDEX CONCURRENTLY on the
    # server waits for old snapshots. Polling holds nothing.
    while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK_KEY):  # noqa: ASYNC110
        await asyncio.sleep(LOCK_POLL_S)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", LOCK_KEY)


async def _apply_pending(connection: "asyncpg.Connection[asyncpg.Record]", migrations: list[Migration]) -> list[str]:
    await connection.execute(
        "create table if not exists schema_migration ("
        " version integer primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now())"
    )
    rows = await connection.fetch("select version, name, checksum from schema_migration order by version")
    applied = {row["version"]: row for row in rows}
    known = {migration.version for migration in migrations}
    for version, row in applied.items():
        if version not in known:
            raise MigrationError(f"{row['name']} was applied to this database and is not among the migrations any more")
    names: list[str] = []
    for migration in migrations:
        earlier = applied.get(migration.version)
        if earlier is None:
            await _apply(connection, migration)
            names.append(migration.name)
        elif earlier["checksum"] != migration.checksum:
            raise MigrationError(f"{migration.name} was changed after it was applied; write a new migration instead")
    return names


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"set local lock_timeout = '{DDL_LOCK_TIMEOUT}'")
        await connection.execute(migration.sql)
        await connection.execute(
            "insert into schema_migration (version, name, checksum) values ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.checksum,
        )
