"""Work goes on after each outage of Valkey, and the log says when each began and ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import ConnectionError as ValkeyGone
from structlog.testing import capture_logs

from media_server.outages import through_outages
from tests.support.waiting import eventually


class Work:
    """Goes on until it is told to fail."""

    def __init__(self) -> None:
        self.begun = 0
        self.failures: asyncio.Queue[Exception] = asyncio.Queue()

    async def do(self) -> None:
        self.begun += 1
        raise await self.failures.get()


@asynccontextmanager
async def running(work: Work) -> AsyncIterator[None]:
    task = asyncio.create_task(through_outages("lease", work.do))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_every_outage_is_logged_once_and_so_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.outages._RETRY_S", 0.001)
    monkeypatch.setattr("media_server.outages.BACK_S", 0.1)
    work = Work()
    said: list[str] = []
    with capture_logs() as logs:
        async with running(work):
            for outage in range(3):
                for failure in (ValkeyGone(), TimeoutError(), ConnectionResetError()):
                    work.failures.put_nowait(failure)
                await eventually(lambda: len(logs) == 2 * (outage + 1))  # noqa: B023 - awaited here
    said = [log["event"] for log in logs]
    assert said == ["valkey_away", "valkey_back"] * 3
    assert work.begun == 10


async def test_an_outage_that_comes_and_goes_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.outages._RETRY_S", 0.001)
    work = Work()
    with capture_logs() as logs:
        async with running(work):
            for number in range(1, 6):
                work.failures.put_nowait(ValkeyGone())
                await eventually(lambda: work.begun == number + 1)  # noqa: B023 - awaited here
    assert [log["event"] for log in logs] == ["valkey_away"]


async def test_a_bug_is_no_outage() -> None:
    work = Work()
    work.failures.put_nowait(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await through_outages("lease", work.do)
