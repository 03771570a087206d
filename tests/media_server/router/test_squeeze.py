"""Squeezed time: it begins at the present, keeps the order, and is true time from where that has come up with it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.router.squeeze import SqueezedTimeline
from media_server.rtp.sequence import timestamp_delta

RATE = 90_000


@given(
    first=st.integers(0, 0xFFFFFFFF),
    steps=st.lists(st.integers(1_000, RATE), min_size=1, max_size=200),
    speed=st.floats(1.5, 100.0),
)
def test_it_strictly_increases_from_the_present_on(first: int, steps: list[int], speed: float) -> None:
    times = [(first + elapsed) & 0xFFFFFFFF for elapsed in (0, *itertools.accumulate(steps))]
    timeline = SqueezedTimeline(first, times[len(times) // 2], speed=speed)
    squeezed = [timeline.at(timestamp) for timestamp in times]
    assert squeezed[0] == times[len(times) // 2]
    assert all(timestamp_delta(b, a) > 0 for a, b in itertools.pairwise(squeezed))
    assert all(timestamp_delta(to, true) >= 0 for true, to in zip(times, squeezed, strict=True))


@pytest.mark.parametrize("first", [0, 0xFFFF_0000])
def test_a_group_of_two_seconds_is_caught_up_with_in_one_at_three_times_its_speed(first: int) -> None:
    def of(seconds: float) -> int:
        return round(first + seconds * RATE) & 0xFFFFFFFF

    timeline = SqueezedTimeline(first, of(2.0), speed=3.0)
    assert timeline.at(of(0.0)) == of(2.0)
    assert timeline.at(of(1.5)) == of(2.5)
    assert timeline.at(of(3.0)) == of(3.0)
    assert timeline.at(of(3.1)) == of(3.1)
    assert [timeline.wait(of(seconds)) for seconds in (0.0, 1.5, 2.4, 3.0, 4.0)] == [0, RATE // 2, 4 * RATE // 5, 0, 0]
    assert [timeline.is_true(of(seconds)) for seconds in (0.0, 2.9, 3.0, 3.1)] == [False, False, True, True]


def test_what_is_older_than_the_group_comes_before_it() -> None:
    timeline = SqueezedTimeline(10_000, 16_000, speed=3.0)
    assert timestamp_delta(timeline.at(7_000), timeline.at(10_000)) < 0


def test_one_frame_is_its_own_present() -> None:
    timeline = SqueezedTimeline(5, 5, speed=3.0)
    assert timeline.at(5) == 5
    assert timeline.is_true(5)
