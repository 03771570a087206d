"""How much RTCP of one peer is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media_server.transport.rtcp_budget import BURST_BYTES, BYTES_PER_S, LEAST_BYTES, RtcpBudget


@given(st.lists(st.tuples(st.integers(1, 1_500), st.floats(0, 0.5)), max_size=300))
def test_never_more_is_read_than_burst_and_rate_allow(datagrams: list[tuple[int, float]]) -> None:
    budget, now, read = RtcpBudget(), 0.0, 0
    for size, wait_s in datagrams:
        now += wait_s
        if budget.take(size, now=now):
            read += max(size, LEAST_BYTES)
    assert read <= BURST_BYTES + BYTES_PER_S * now + 1e-3


def test_a_busy_receiver_is_read_for_as_long_as_it_likes() -> None:
    budget = RtcpBudget()
    # For an hour, each 10 ms a NACK of thirty packets and each 50 ms a feedback of forty.
    assert all(budget.take(12 + 4 * 30, now=tick / 100) for tick in range(360_000))
    assert all(budget.take(80, now=3_600 + tick / 20) for tick in range(1_000))


def test_small_datagrams_are_not_free() -> None:
    budget = RtcpBudget()
    assert sum(budget.take(12, now=0.0) for _ in range(10_000)) == BURST_BYTES // LEAST_BYTES


def test_who_was_silenced_is_heard_again() -> None:
    budget = RtcpBudget()
    while budget.take(1_500, now=0.0):
        pass
    assert not budget.take(1_500, now=0.01)
    assert budget.take(1_500, now=0.1)
