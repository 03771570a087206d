"""Feedback matched with what was sent: each arrival is told once, and what was never sent is not told at all."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.rate_control import MIN_BPS
from media_server.congestion.remb import MAX_BPS
from media_server.congestion.results import NOT_ARRIVED, Reference, Results, match
from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.rtcp.statuses import CHUNKS_CUT, DELTAS_CUT, RESERVED
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


class Packet(NamedTuple):
    """What is told of one; `arrived_us` is None where it did not come."""

    number: int
    sent_us: int
    size: int
    arrived_us: int | None


class Reader:
    """Matches the feedback of one transport."""

    def __init__(self, history: SendHistory) -> None:
        self.history = history
        self.wrong = 0
        self._reference = Reference()
        self._results = Results()

    def read(self, fci: bytes) -> list[Packet]:
        """What it tells."""
        results = self._results
        self.wrong = match(fci, self.history, self._reference, results)
        columns = (results.numbers, results.sent_us, results.sizes, results.arrived_us)
        rows = [tuple(column[place] for column in columns) for place in range(results.count)]
        return [Packet(n, sent, size, None if at == NOT_ARRIVED else at) for n, sent, size, at in rows]


def sent(count: int, *, first: int = 0) -> SendHistory:
    history = SendHistory()
    history.next_number = first
    for number in range(first, first + count):
        history.note(number * 1000, number % 1400 + 1)
    return history


def feedback(base: int, *arrivals: int | None, reference: int = 0) -> bytes:
    return TransportFeedback.of(1, 2, base, reference, 0, arrivals).fci


@settings(deadline=None)
@given(st.integers(0, 200_000), st.integers(0, 3 * RING), st.lists(messages, max_size=8))
def test_whatever_is_said_only_what_was_sent_is_told_and_each_arrival_once(
    first: int, count: int, said: list[TransportFeedback]
) -> None:
    history = sent(min(count, RING + 5), first=first)
    reader = Reader(history)
    told: list[int] = []
    for message in said:
        packets = reader.read(message.fci)
        assert all(max(0, history.next_number - RING) <= packet.number < history.next_number for packet in packets)
        told += [packet.number for packet in packets if packet.arrived_us is not None]
        for packet in packets:
            if packet.number >= first:
                assert (packet.sent_us, packet.size) == (packet.number * 1000, packet.number % 1400 + 1)
    assert len(set(told)) == len(told)


@settings(deadline=None)
@given(st.integers(0, 200_000), st.lists(st.none() | st.integers(-0x8000, 0x7FFF), max_size=60), st.integers(0, 9_000))
def test_what_is_told_is_what_was_said(first: int, said: list[int | None], reference: int) -> None:
    reader = Reader(sent(len(said), first=first))
    at_us, expected = reference * 64_000, []
    for number, delta in enumerate(said, first):
        at_us += (delta or 0) * 250
        expected.append(Packet(number, number * 1000, number % 1400 + 1, None if delta is None else at_us))
    assert reader.read(feedback(first & 0xFFFF, *said, reference=reference)) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(messages, max_size=40), st.floats(0.01, 5.0))
def test_whatever_is_said_the_estimate_stays_within_bounds(said: list[TransportFeedback], wait_s: float) -> None:
    history, now = sent(0), 0.0
    estimator = BandwidthEstimator(history)
    for message in said:
        for _ in range(30):
            history.note(round(now * 1e6), 1_200)
        now += wait_s
        estimator.on_feedback(message, now=now)
        assert MIN_BPS <= estimator.bitrate_bps(now=now) <= MAX_BPS


def test_what_is_lost_and_comes_after_all_is_told_as_arrived() -> None:
    reader = Reader(sent(10))
    assert [packet.arrived_us for packet in reader.read(feedback(2, 4, None, 4))] == [1_000, None, 2_000]
    assert reader.read(feedback(3, 40, 0)) == [Packet(3, 3_000, 4, 10_000)]
    assert not reader.read(feedback(2, 4, 4, 4))


def test_a_number_that_comes_round_again_is_another_packet() -> None:
    reader = Reader(sent(10))
    assert len(reader.read(feedback(3, 1))) == 1
    for number in range(10, RING + 10):
        reader.history.note(number * 1000, 1)
    assert [packet.number for packet in reader.read(feedback(RING + 3, 1))] == [RING + 3]


def test_numbers_and_reference_times_go_on_where_they_wrap() -> None:
    reader = Reader(sent(70_000 - 64_000, first=64_000))
    (before,) = reader.read(feedback(69_500 & 0xFFFF, 4, reference=0x7FFFFF))
    (after,) = reader.read(feedback(69_501 & 0xFFFF, 4, reference=-0x800000))
    assert (before.number, after.number) == (69_500, 69_501)
    assert before.arrived_us is not None
    assert after.arrived_us == before.arrived_us + 64_000


def test_a_run_of_thousands_that_were_lost_tells_of_those_that_were_sent() -> None:
    reader = Reader(sent(5_000))
    assert [packet.number for packet in reader.read(feedback(0, *[None] * 8_000))] == list(range(5_000 - RING, 5_000))


@pytest.mark.parametrize(
    ("fci", "wrong"),
    [
        (feedback(0, 4, None, 300)[:8], CHUNKS_CUT),
        (feedback(0, 4, None, 300)[:9], CHUNKS_CUT),
        (feedback(0, 4, None, 300)[:-1], DELTAS_CUT),
        (feedback(0)[:2] + bytes.fromhex("0001 000000 00 6001 00"), RESERVED),
        (feedback(0)[:2] + bytes.fromhex("0003 000000 00 c300 00"), RESERVED),
    ],
    ids=["no-chunk", "half-a-chunk", "half-a-delta", "run-of-reserved", "reserved-in-a-vector"],
)
def test_what_is_malformed_tells_nothing(fci: bytes, wrong: int) -> None:
    history = sent(10)
    before = bytes(history)
    reader, estimator = Reader(history), BandwidthEstimator(history)
    assert not reader.read(fci)
    assert reader.wrong == wrong
    with pytest.raises(ParseError, match="transport feedback"):
        estimator.on_feedback(TransportFeedback(1, 2, fci), now=1.0)
    assert bytes(history) == before
