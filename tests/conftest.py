"""Fixtures for all tests: databases, Valkey, and servers that a test may kill."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import settings

from deploy.standalone.valkey import EmbeddedValkey
from tests.support.node import use_for_playwright
from tests.support.servers import OwnPostgres, OwnValkey, PostgresForTests, new_server_dir, remove_server_dir
from tests.support.sharing import ByFile, processes_for, turn_of

POSTGRES_DIR = "postgres_dir"
_controller_postgres = pytest.StashKey[PostgresForTests]()

# How long an example takes is the machine's affair, not a property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With pytest-xdist, the controller owns the PostgreSQL server: workers come and go, it stays to the end."""
    stash = node.config.stash
    if _controller_postgres not in stash:
        server = PostgresForTests(new_server_dir())
        server.start()
        stash[_controller_postgres] = server
    node.workerinput[POSTGRES_DIR] = str(stash[_controller_postgres].folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return processes_for(os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn_of(item.nodeid))


def pytest_configure() -> None:
    use_for_playwright()


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(_controller_postgres, None):
        server.stop()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[PostgresForTests]:
    """The PostgreSQL server of this run."""
    workerinput: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    if workerinput is not None:
        yield PostgresForTests(Path(workerinput[POSTGRES_DIR]))
        return
    server = PostgresForTests(new_server_dir())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def database_url(postgres: PostgresForTests) -> AsyncIterator[str]:
    """The URL of a database of this test's own, migrated."""
    async with postgres.database(migrated=True) as url:
        yield url


@pytest.fixture
async def empty_database_url(postgres: PostgresForTests) -> AsyncIterator[str]:
    """The URL of a database of this test's own, without any table."""
    async with postgres.database(migrated=False) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_of_this_worker() -> Iterator[EmbeddedValkey]:
    """The Valkey server of this pytest process."""
    folder = new_server_dir()
    server = EmbeddedValkey(folder / "valkey")
    server.start()
    yield server
    server.kill()
    remove_server_dir(folder)


@pytest.fixture
def valkey_url(valkey_of_this_worker: EmbeddedValkey) -> str:
    """The URL of a Valkey server that is empty at the start of the test and that no other test uses meanwhile."""
    with redis.Redis.from_url(valkey_of_this_worker.url) as client:
        client.flushall()
    return valkey_of_this_worker.url


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A running, empty PostgreSQL server that this test may kill and start again."""
    folder = new_server_dir()
    server = OwnPostgres(folder)
    server.start()
    yield server
    server.kill()
    remove_server_dir(folder)


@pytest.fixture
def own_valkey() -> Iterator[OwnValkey]:
    """A running Valkey server that this test may kill and start again."""
    folder = new_server_dir()
    server = OwnValkey(folder)
    server.start()
    yield server
    server.kill()
    remove_server_dir(folder)
