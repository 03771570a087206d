"""Transport-wide feedback: what is recorded is what the sender reads, on simulated time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.rtcp import TransportFeedback, parse_compound
from media_server.rtp.rtcp.transport_feedback import DELTA_TICK_S, REFERENCE_TICK_S
from media_server.rtp.twcc import INTERVAL_S, MAX_ARRIVALS, MAX_STATUSES_PER_PACKET, TransportFeedbackRecorder


def recorder() -> TransportFeedbackRecorder:
    return TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)


def read(packets: list[TransportFeedback]) -> dict[int, float | None]:
    """Arrival by 16-bit number, as a sender decodes it from the wire."""
    arrivals: dict[int, float | None] = {}
    for packet in packets:
        (decoded,) = parse_compound(packet.serialize())
        assert isinstance(decoded, TransportFeedback)
        at = decoded.reference_time * REFERENCE_TICK_S
        for offset, delta in enumerate(decoded.deltas):
            at += (delta or 0) * DELTA_TICK_S
            arrivals[(decoded.base_sequence + offset) & 0xFFFF] = None if delta is None else at
    return arrivals


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(1, 5), st.floats(0, 0.5)), min_size=1, max_size=60),
    st.floats(0, 100_000),
)
def test_arrivals_and_losses_are_read_back_to_a_quarter_millisecond(
    start: int, steps: list[tuple[int, float]], now: float
) -> None:
    feedback, sent, number = recorder(), {}, start
    for advance, wait in steps:
        feedback.receive(number, now=now)
        sent[number] = now
        number, now = (number + advance) & 0xFFFF, now + wait / len(steps)
    arrivals = read(feedback.due(now=now + INTERVAL_S))
    assert {key for key, at in arrivals.items() if at is not None} == set(sent)
    assert len(arrivals) == (max((key - start) & 0xFFFF for key in sent) + 1)
    for key, at in sent.items():
        assert arrivals[key] == pytest.approx(at, abs=DELTA_TICK_S)


def test_feedback_is_due_fifty_milliseconds_after_the_first_packet() -> None:
    feedback = recorder()
    assert feedback.next_deadline() is None
    feedback.receive(1, now=10.0)
    feedback.receive(2, now=10.04)
    assert feedback.next_deadline() == pytest.approx(10.05)
    assert feedback.due(now=10.049) == []
    assert len(feedback.due(now=10.05)) == 1
    assert feedback.next_deadline() is None
    assert feedback.due(now=11.0) == []


def test_losses_between_two_reports_are_reported() -> None:
    feedback = recorder()
    feedback.receive(65_534, now=0.0)
    read(feedback.due(now=0.1))
    feedback.receive(1, now=0.1)
    arrivals = read(feedback.due(now=0.2))
    assert list(arrivals) == [65_535, 0, 1]
    assert [at is None for at in arrivals.values()] == [True, True, False]


def test_a_late_packet_is_reported_among_its_neighbours() -> None:
    feedback = recorder()
    for number in (1, 3):
        feedback.receive(number, now=0.01)
    assert read(feedback.due(now=0.1))[2] is None
    feedback.receive(2, now=0.11)
    arrivals = read(feedback.due(now=0.2))
    assert set(arrivals) == {2, 3}
    assert arrivals[2] == pytest.approx(0.11)
    assert arrivals[3] == pytest.approx(0.01, abs=DELTA_TICK_S)


def test_feedback_packets_are_numbered_and_fit_a_datagram() -> None:
    feedback = recorder()
    for number in range(3 * MAX_STATUSES_PER_PACKET):
        feedback.receive(number, now=number * 0.1)
    packets = feedback.due(now=1_000.0)
    assert [packet.feedback_count for packet in packets] == list(range(len(packets)))
    assert len(packets) >= 3
    assert max(len(packet.serialize()) for packet in packets) <= 1_200


def test_a_gap_too_long_for_a_delta_begins_another_packet() -> None:
    feedback = recorder()
    feedback.receive(1, now=0.0)
    feedback.receive(2, now=10.0)
    packets = feedback.due(now=10.0)
    assert [packet.base_sequence for packet in packets] == [1, 2]
    assert read(packets)[2] == pytest.approx(10.0)


def test_a_jump_is_a_restart_and_memory_is_bounded() -> None:
    feedback = recorder()
    feedback.receive(1, now=0.0)
    feedback.receive(30_000, now=0.0)
    assert list(read(feedback.due(now=0.1))) == [30_000]
    for number in range(MAX_ARRIVALS + 500):
        feedback.receive(number & 0xFFFF, now=0.2)
    reported = [at for at in read(feedback.due(now=0.3)).values() if at is not None]
    assert len(reported) == MAX_ARRIVALS


def test_a_duplicate_is_not_reported_again() -> None:
    feedback = recorder()
    feedback.receive(1, now=0.0)
    feedback.due(now=0.1)
    feedback.receive(1, now=0.1)
    assert feedback.next_deadline() is None
