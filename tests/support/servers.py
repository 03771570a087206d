"""Real PostgreSQL and Valkey servers for tests, in folders of their own under the temporary directory."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg

from deploy.standalone.postgres import EmbeddedPostgres
from deploy.standalone.valkey import EmbeddedValkey

TEMPLATE = "nrs_template"
CONNECTIONS = 200
# Whoever is still connected is sent away first, waited for up to 5 s. Triggers and foreign keys have no say.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END $$
"""


def new_server_dir() -> Path:
    """A folder with a short path which the service account may enter, whoever we are."""
    folder = Path(tempfile.mkdtemp(prefix="nrs-test-"))
    folder.chmod(0o711)
    return folder


def remove_server_dir(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class PostgresForTests:
    """One server that all tests of a run share; each test has a database to itself.

    `start()` makes the server; in the workers of pytest-xdist the controller has started it, and they `attach` to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = EmbeddedPostgres(folder / "postgres", durable=False, max_connections=CONNECTIONS)
        # Migrated databases that nobody uses: to empty one costs a twentieth of making one.
        self._emptied: list[str] = []

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        # Nothing in it is kept, so there is no reason to wait for an orderly end.
        self._server.kill()
        remove_server_dir(self.folder)

    def dsn(self, database: str) -> str:
        return self._server.dsn(database)

    @asynccontextmanager
    async def database(self, *, migrated: bool) -> AsyncIterator[str]:
        """The URL of a database without a row, which at the end is taken away from whoever is connected to it."""
        name = await self._database(migrated)
        try:
            yield self.dsn(name)
        finally:
            if migrated:
                await self._execute(EMPTY, name)
                self._emptied.append(name)
            else:
                await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _database(self, migrated: bool) -> str:
        if migrated and self._emptied:
            return self._emptied.pop()
        if migrated:
            await self._make_template()
        name = f"test_{uuid4().hex}"
        template = TEMPLATE if migrated else "template0"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    async def _make_template(self) -> None:
        """Migrate the template once per run: workers wait for the one that does it."""
        done = self.folder / "template-done"
        with (self.folder / "template-lock").open("w") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            if done.exists():
                return
            from control_api.db.migrate import migrate

            await self._execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            await self._execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            await migrate(self.dsn(TEMPLATE))
            done.touch()

    async def _execute(self, statement: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.dsn(database))
        try:
            await connection.execute(statement)
        finally:
            with suppress(TimeoutError):
                await connection.close(timeout=5)


class OwnPostgres:
    """A server for one test, which may kill it and start it again on the same files."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder / "postgres", durable=False)
        self.start = self._server.start
        self.stop = self._server.stop
        self.kill = self._server.kill
        self.dsn = self._server.dsn

    def restart(self) -> None:
        """Crash it and start it again."""
        self.kill()
        self.start()


class OwnValkey:
    """A Valkey server for one test, which may kill it and start it again (empty) at the same address."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedValkey(folder / "valkey")
        self.start = self._server.start
        self.stop = self._server.stop
        self.kill = self._server.kill
        self.url = self._server.url

    def restart(self) -> None:
        """Crash it and start it again."""
        self.kill()
        self.start()
