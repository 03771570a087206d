"""Asking for lost packets again, on simulated time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.nack import GIVE_UP_S, MAX_JUMP, MAX_MISSING, MAX_RETRIES, NackGenerator

STARTS = [0, 1, 127, 32_767, 65_534, 65_535]


def received(start: int, *offsets: int, rtt_s: float = 0.1) -> NackGenerator:
    nack = NackGenerator(rtt_s=rtt_s)
    for offset in offsets:
        nack.receive((start + offset) & 0xFFFF, now=0.0)
    return nack


@pytest.mark.parametrize("start", STARTS)
def test_a_gap_is_requested_once_per_rtt(start: int) -> None:
    nack = received(start, 0, 3)
    lost = [(start + 1) & 0xFFFF, (start + 2) & 0xFFFF]
    assert nack.next_deadline() == 0.0
    assert nack.due(now=0.0) == lost
    assert nack.due(now=0.05) == []
    assert nack.next_deadline() == pytest.approx(0.1)
    assert nack.due(now=0.1) == lost


@pytest.mark.parametrize("start", STARTS)
def test_a_packet_that_comes_is_not_asked_for_again(start: int) -> None:
    nack = received(start, 0, 3, 1)
    assert nack.due(now=0.0) == [(start + 2) & 0xFFFF]
    nack.receive((start + 2) & 0xFFFF, now=0.05)
    assert nack.next_deadline() is None
    assert nack.due(now=0.2) == []
    assert nack.given_up == 0


def test_a_stream_without_gaps_has_nothing_due() -> None:
    assert received(65_000, *range(2_000)).next_deadline() is None


def test_requests_end_after_ten() -> None:
    nack = received(0, 0, 2, rtt_s=0.02)
    asked = [now for now in (step * 0.02 for step in range(60)) if nack.due(now=now + 1e-9)]
    assert len(asked) == MAX_RETRIES
    assert nack.given_up == 1
    assert nack.next_deadline() is None


def test_requests_end_after_a_second() -> None:
    nack = received(0, 0, 2, rtt_s=0.3)
    assert [nack.due(now=now) for now in (0.0, 0.3, 0.6, 0.9)] == [[1]] * 4
    assert nack.next_deadline() == GIVE_UP_S
    assert nack.due(now=GIVE_UP_S) == []
    assert nack.given_up == 1


def test_a_key_frame_makes_what_was_lost_before_it_moot() -> None:
    nack = received(65_530, 0, 5, 9)
    nack.keyframe((65_530 + 5) & 0xFFFF)
    assert nack.due(now=0.0) == [0, 1, 2]
    assert nack.given_up == 0


@pytest.mark.parametrize("jump", [MAX_JUMP + 1, 30_000, -30_000, -MAX_JUMP - 1])
def test_a_jump_is_a_restart_and_not_loss(jump: int) -> None:
    nack = received(5_000, 0, 2, 2 + jump, 4 + jump)
    assert nack.due(now=0.0) == [(5_003 + jump) & 0xFFFF]


def test_memory_is_bounded_and_the_newest_are_kept() -> None:
    nack = received(0, *range(0, 3 * MAX_MISSING, 2))
    due = nack.due(now=0.0)
    assert len(due) == MAX_MISSING
    assert due[-1] == 3 * MAX_MISSING - 3
    assert nack.given_up == 3 * MAX_MISSING // 2 - 1 - MAX_MISSING


@given(
    st.integers(0, 0xFFFF),
    st.sets(st.integers(1, 198), max_size=60),
    st.lists(st.integers(0, 7), min_size=200, max_size=200),
)
def test_exactly_what_is_lost_is_asked_for_in_whatever_order_the_rest_comes(
    start: int, lost: set[int], lateness: list[int]
) -> None:
    arriving = [offset for offset in range(1, 199) if offset not in lost]
    nack = received(start, 0, *sorted(arriving, key=lambda offset: offset + lateness[offset]), 199)
    assert nack.due(now=0.0) == [(start + offset) & 0xFFFF for offset in sorted(lost)]
