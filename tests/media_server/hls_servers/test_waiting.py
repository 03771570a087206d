"""Requests that wait for a part without a task: resumed once, bounded, given up in time."""

from __future__ import annotations

import pytest

from media_server.hls_servers import waiting as waiting_module
from media_server.hls_servers.waiting import TooManyWaiting, Wait, Waiting
from tests.media_server.egress.hls.simulation import Publisher
from tests.support.rtp_source import H264Source


@pytest.fixture
def publisher() -> Publisher:
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(4.2)
    return publisher


class Asked:
    """Requests for the next part of a stream."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.waiting = Waiting()
        self.came: list[bool] = []

    def ask(self, *, deadline: float = 10.0) -> Wait:
        playlist = self.publisher.playlist("video")
        return self.waiting.add(Wait("one", playlist, playlist.next_part, deadline, self.came.append))

    def run(self) -> None:
        self.publisher.run(0.4)
        self.waiting.wake(self.publisher.playlist("video"))


def test_all_who_wait_for_a_part_are_resumed_by_it_once(publisher: Publisher) -> None:
    asked = Asked(publisher)
    for _ in range(50):
        asked.ask()
    asked.waiting.wake(publisher.playlist("video"))
    assert asked.came == []
    asked.run()
    asked.waiting.wake(publisher.playlist("video"))
    asked.waiting.expire(now=100.0)
    assert asked.came == [True] * 50
    assert asked.waiting.count("one") == 0


def test_one_who_goes_takes_nobody_with_him(publisher: Publisher) -> None:
    asked = Asked(publisher)
    first, _ = asked.ask(), asked.ask()
    asked.waiting.cancel(first)
    asked.waiting.cancel(first)
    asked.run()
    assert asked.came == [True]


def test_who_waited_too_long_is_told_that_nothing_came(publisher: Publisher) -> None:
    asked = Asked(publisher)
    asked.ask(deadline=5.0)
    asked.ask(deadline=6.0)
    asked.waiting.expire(now=5.5)
    assert asked.came == [False]
    assert asked.waiting.count("one") == 1


def test_one_more_than_may_wait_is_refused(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "MAX_WAITING", 2)
    asked = Asked(publisher)
    first, _ = asked.ask(), asked.ask()
    with pytest.raises(TooManyWaiting):
        asked.ask()
    asked.waiting.cancel(first)
    asked.ask()


def test_the_end_of_a_stream_resumes_everyone(publisher: Publisher) -> None:
    asked = Asked(publisher)
    asked.ask()
    publisher.end()
    asked.waiting.wake(publisher.playlist("video"))
    assert asked.came == [True]
