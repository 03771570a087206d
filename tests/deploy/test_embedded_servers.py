"""The embedded servers start, survive a crash and leave no orphan, as root and as a plain user alike."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from deploy.standalone.embedded import MAX_SOCKET_DIR_BYTES, socket_dir
from deploy.standalone.postgres import EmbeddedPostgres
from tests.support.processes import is_gone
from tests.support.servers import OwnPostgres, OwnValkey, new_server_dir, remove_server_dir
from tests.support.waiting import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = new_server_dir()
    yield folder
    remove_server_dir(folder)


async def test_a_migrated_database_is_not_shared_between_tests(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    tables = await connection.fetch("SELECT * FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == []


async def test_rows_survive_a_crash_of_postgresql(own_postgres: OwnPostgres) -> None:
    connection = await asyncpg.connect(own_postgres.dsn())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    own_postgres.restart()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetch("SELECT 1")
    again = await asyncpg.connect(own_postgres.dsn())
    assert await again.fetchval("SELECT n FROM kept") == 7
    await again.close()


def test_a_killed_valkey_refuses_and_comes_back_at_the_same_address(own_valkey: OwnValkey) -> None:
    client = redis.Redis.from_url(own_valkey.url)
    client.set("k", "v")
    own_valkey.kill()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    own_valkey.start()
    assert client.get("k") is None
    client.close()


def test_text_is_compared_and_folded_as_utf_8_without_help_from_the_machine(own_postgres: OwnPostgres) -> None:
    import asyncio

    async def folded() -> str:
        connection = await asyncpg.connect(own_postgres.dsn())
        try:
            return str(await connection.fetchval("SELECT lower('ÄÉŁ')"))
        finally:
            await connection.close()

    assert asyncio.run(folded()) == "äéł"


def test_a_socket_folder_is_short_enough_for_any_data_folder(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-long-name-of-a-folder"] * 8)
    for data in (Path("/srv/nrs"), deep):
        assert len(os.fsencode(socket_dir(data))) <= MAX_SOCKET_DIR_BYTES
    assert socket_dir(deep) == socket_dir(deep)
    assert socket_dir(deep) != socket_dir(deep / "other")


def test_a_server_with_a_very_long_data_folder_can_be_reached(folder: Path) -> None:
    server = EmbeddedPostgres(folder / ("x" * 100) / "postgres", durable=False)
    server.start()
    try:
        assert server.pid is not None
        assert (server.sockets / ".s.PGSQL.5432").exists()
    finally:
        server.stop()
        remove_server_dir(server.sockets)


ORPHAN_PROBE = """
import sys, time
from pathlib import Path
from deploy.standalone.postgres import EmbeddedPostgres
from deploy.standalone.valkey import EmbeddedValkey
folder = Path(sys.argv[1])
servers = EmbeddedPostgres(folder / "postgres", durable=False), EmbeddedValkey(folder / "valkey")
for server in servers:
    server.start()
print(*(server.pid for server in servers), flush=True)
time.sleep(60)
"""


def test_sigkill_of_their_parent_ends_the_servers(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN_PROBE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        processes = [psutil.Process(pid) for pid in pids]
        assert len(processes) == 2
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: all(is_gone(process) for process in processes), timeout_s=10)
