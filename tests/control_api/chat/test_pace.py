"""Claims about how fast one may write."""

import asyncio
from datetime import UTC, datetime

import pytest

from control_api.chat.service import BURST
from tests.control_api.chat.conftest import live_stream, texts, write
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import MovingClock

pytestmark = pytest.mark.usefixtures("worker")


class StandingClock(MovingClock):
    """Moves when the test moves it, and not by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._started = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self._started + self.offset


@pytest.fixture
def clock() -> MovingClock:
    return StandingClock()


async def test_after_a_few_at_once_one_a_second_is_taken_whichever_process_is_asked(
    start_api: StartApi, clock: MovingClock
) -> None:
    here, there = await start_api(), await start_api()
    streams = [await live_stream(here, await here.account("dj")) for _ in range(2)]
    author, other = await here.account(), await here.account()
    hasty = [write((here, there)[n % 2], streams[n // 2 % 2], f"{n}", author) for n in range(BURST + 3)]
    replies = await asyncio.gather(*hasty)
    assert sorted(reply.status for reply in replies) == [201] * BURST + [429] * 3
    refused = next(reply for reply in replies if reply.status == 429)
    assert (refused.code, refused.headers["Retry-After"]) == ("RATE_LIMITED", "1")
    assert (await write(there, streams[0], "not me", other)).status == 201
    clock.advance(seconds=1)
    assert [(await write(there, streams[1], "again", author)).status for _ in range(2)] == [201, 429]
    clock.advance(seconds=60)
    assert [(await write(here, streams[1], "rested", author)).status for _ in range(BURST + 1)] == [201] * BURST + [429]
    written = await texts(here, streams[0]) + await texts(here, streams[1])
    assert len(written) == 2 * BURST + 2
