"""Feedback matched with what was sent: each arrival is told once, and what was never sent is not told at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.rate_control import MIN_BPS
from media_server.congestion.remb import MAX_BPS
from media_server.congestion.results import FeedbackReader
from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.send_history import RING, SendHistory

deltas = st.lists(st.none() | st.integers(0, 255) | st.integers(-0x8000, 0x7FFF), max_size=60)
messages = st.builds(
    TransportFeedback.of,
    st.just(1),
    st.just(2),
    st.integers(0, 0xFFFF),
    st.integers(-0x800000, 0x7FFFFF),
    st.integers(0, 255),
    deltas,
)


def sent(count: int, *, first: int = 0) -> SendHistory:
    history = SendHistory()
    history.next_number = first
    for number in range(first, first + count):
        history.note(number * 1000, number % 1400 + 1)
    return history


def feedback(base: int, *arrivals: int | None, reference: int = 0) -> TransportFeedback:
    return TransportFeedback.of(1, 2, base, reference, 0, arrivals)


@settings(deadline=None)
@given(st.integers(0, 200_000), st.integers(0, 3 * RING), st.lists(messages, max_size=8))
def test_whatever_is_said_only_what_was_sent_is_told_and_each_arrival_once(
    first: int, count: int, said: list[TransportFeedback]
) -> None:
    history = sent(min(count, RING + 5), first=first)
    reader = FeedbackReader(history)
    told: list[int] = []
    for message in said:
        results = reader.read(message)
        assert all(max(0, history.next_number - RING) <= number < history.next_number for number in results.numbers)
        told += results.numbers[results.is_received].tolist()
        for number, sent_us, size in zip(results.numbers, results.sent_us, results.sizes, strict=True):
            if number >= first:
                assert (sent_us, size) == (number * 1000, number % 1400 + 1)
    assert len(set(told)) == len(told)


@settings(deadline=None, max_examples=50)
@given(st.lists(messages, max_size=40), st.floats(0.01, 5.0))
def test_whatever_is_said_the_estimate_stays_within_bounds(said: list[TransportFeedback], wait_s: float) -> None:
    history, estimator, now = sent(0), BandwidthEstimator(), 0.0
    reader = FeedbackReader(history)
    for message in said:
        for _ in range(30):
            history.note(round(now * 1e6), 1_200)
        now += wait_s
        estimator.on_results(reader.read(message), now=now)
        assert MIN_BPS <= estimator.bitrate_bps(now=now) <= MAX_BPS


def test_what_is_lost_and_comes_after_all_is_told_as_arrived() -> None:
    reader = FeedbackReader(sent(10))
    assert reader.read(feedback(2, 4, None, 4)).is_received.tolist() == [True, False, True]
    late = reader.read(feedback(3, 40, 0))
    assert (late.numbers.tolist(), late.is_received.tolist()) == ([3], [True])
    assert not len(reader.read(feedback(2, 4, 4, 4)))


def test_numbers_and_reference_times_go_on_where_they_wrap() -> None:
    reader = FeedbackReader(sent(70_000 - 64_000, first=64_000))
    before = reader.read(feedback(69_500 & 0xFFFF, 4, reference=0x7FFFFF))
    after = reader.read(feedback(69_501 & 0xFFFF, 4, reference=-0x800000))
    assert (before.numbers.tolist(), after.numbers.tolist()) == ([69_500], [69_501])
    assert np.all(after.arrived_us - before.arrived_us == 64_000)
