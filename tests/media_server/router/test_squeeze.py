"""Squeezed time: in order, a fixed step, and the newest frame at its true time."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from media_server.router.squeeze import SqueezedTimeline
from media_server.rtp.sequence import timestamp_delta

STEP = 90


@given(
    first=st.integers(0, 0xFFFFFFFF),
    steps=st.lists(st.integers(STEP, 90_000), max_size=200),
)
def test_it_strictly_increases_and_ends_at_the_true_time(first: int, steps: list[int]) -> None:
    times = [first]
    for step in steps:
        times.append((times[-1] + step) & 0xFFFFFFFF)
    squeezed = [SqueezedTimeline(times, step=STEP).at(timestamp) for timestamp in times]
    assert squeezed[-1] == times[-1]
    assert [timestamp_delta(b, a) for a, b in itertools.pairwise(squeezed)] == [STEP] * len(steps)


@given(
    first=st.integers(0, 0xFFFFFFFF),
    missing=st.sets(st.integers(1, 58), max_size=40),
)
def test_a_frame_that_was_missing_falls_between_its_neighbours(first: int, missing: set[int]) -> None:
    times = [(first + 3000 * n) & 0xFFFFFFFF for n in range(60)]
    timeline = SqueezedTimeline([t for n, t in enumerate(times) if n not in missing], step=STEP)
    squeezed = [timeline.at(timestamp) for timestamp in times]
    assert all(timestamp_delta(b, a) > 0 for a, b in itertools.pairwise(squeezed))


def test_frames_in_decoding_order_keep_the_order_of_display() -> None:
    # I P B B: B-frames come after what they refer to.
    decoded = [0, 9000, 3000, 6000]
    timeline = SqueezedTimeline(decoded, step=STEP)
    assert [timeline.at(t) for t in sorted(decoded)] == [9000 - 270, 9000 - 180, 9000 - 90, 9000]


def test_what_is_outside_of_the_group_keeps_its_time() -> None:
    timeline = SqueezedTimeline([10_000, 13_000, 16_000], step=STEP)
    assert timeline.at(19_000) == 19_000
    assert timeline.at(7_000) == 7_000
    assert timeline.at(16_000) == 16_000


def test_one_frame_is_its_own_present() -> None:
    assert SqueezedTimeline([5], step=STEP).at(5) == 5
