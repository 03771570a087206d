"""A running API with a database and a Valkey of its own, and a media worker beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.control_api.support.api import Announcements, Api, MovingClock, api_settings, running_api
from tests.control_api.support.media_worker import SnapshotWriter, running_worker

StartApi = Callable[..., Awaitable[Api]]

# What a database on a machine under the load of all tests keeps to.
PATIENT = {"database_timeout_s": 20, "database_command_timeout_s": 30, "redis_timeout_s": 20}


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def announcements() -> Announcements:
    return Announcements()


@pytest.fixture
async def start_api(
    database_url: str, valkey_url: str, tmp_path: Path, clock: MovingClock, announcements: Announcements
) -> AsyncIterator[StartApi]:
    """Starts an application, or several on the same database, with settings of the test's own."""
    async with AsyncExitStack() as stack:

        async def start(**overrides: Any) -> Api:
            told = PATIENT | {"objects_url": (tmp_path / "objects").as_uri()} | overrides
            settings = api_settings(database_url, valkey_url, **told)
            return await stack.enter_async_context(running_api(settings, announce=announcements, clock=clock))

        yield start


@pytest.fixture
async def api(start_api: StartApi) -> Api:
    return await start_api()


@pytest.fixture
async def worker(valkey_url: str) -> AsyncIterator[SnapshotWriter]:
    async with running_worker(SnapshotWriter(valkey_url, "worker-1")) as writer:
        yield writer
