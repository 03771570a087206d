"""Requests that wait for a part: woken together, bounded, forgotten when they go."""

from __future__ import annotations

import asyncio

import pytest

from media_server.http import hls_reload
from media_server.http.hls_reload import PartWaiters, TooManyWaiting
from tests.media_server.egress.hls.simulation import Publisher
from tests.support.rtp_source import H264Source
from tests.support.waiting import eventually


@pytest.fixture
def publisher() -> Publisher:
    """A stream that has run for some seconds, in the midst of a segment."""
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(5.5)
    return publisher


def waiting_for_next(waiters: PartWaiters, publisher: Publisher, count: int) -> list[asyncio.Task[bool]]:
    playlist = publisher.playlist("video")
    number, part = playlist.next_part
    return [asyncio.create_task(waiters.wait(playlist, number, part, timeout_s=10)) for _ in range(count)]


async def test_all_who_wait_for_a_part_are_woken_by_it(publisher: Publisher) -> None:
    waiters = PartWaiters(publisher.egress)
    waiting = waiting_for_next(waiters, publisher, 50)
    await eventually(lambda: waiters.waiting == 50)
    publisher.run(0.4)
    assert await asyncio.gather(*waiting) == [True] * 50
    assert waiters.waiting == 0


async def test_one_more_than_may_wait_is_refused(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_reload, "MAX_WAITING", 3)
    waiters = PartWaiters(publisher.egress)
    waiting = waiting_for_next(waiters, publisher, 3)
    await eventually(lambda: waiters.waiting == 3)
    playlist = publisher.playlist("video")
    number, part = playlist.next_part
    with pytest.raises(TooManyWaiting):
        await waiters.wait(playlist, number, part, timeout_s=10)
    publisher.run(0.4)
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await waiters.wait(playlist, number, part, timeout_s=10)


async def test_one_who_goes_takes_nobody_with_him(publisher: Publisher) -> None:
    waiters = PartWaiters(publisher.egress)
    going, staying = waiting_for_next(waiters, publisher, 2)
    await eventually(lambda: waiters.waiting == 2)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert waiters.waiting == 1
    publisher.run(0.4)
    assert await staying


async def test_what_does_not_come_in_time_is_said_not_to_have(publisher: Publisher) -> None:
    waiters = PartWaiters(publisher.egress)
    playlist = publisher.playlist("video")
    number, part = playlist.next_part
    assert not await waiters.wait(playlist, number, part, timeout_s=0.05)
    assert waiters.waiting == 0
