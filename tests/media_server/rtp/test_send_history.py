"""What is remembered of what a transport sent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.rtp.send_history import HEARD, RING, SIZE_BITS, SIZE_MASK, SendHistory


@settings(deadline=None)
@given(
    st.one_of(st.integers(0, 3 * RING), st.integers(65_000, 70_000)),
    st.lists(st.integers(0, 65_535), max_size=40),
)
def test_the_newest_packet_of_a_number_is_found_until_the_ring_is_full(count: int, asked: list[int]) -> None:
    history = SendHistory()
    # What came before the last two rings leaves no trace.
    history.next_number = max(0, count - 2 * RING)
    for n in range(history.next_number, count):
        assert history.note(10**12 + n, n % 1500) == n & 0xFFFF
    remembered = {n & 0xFFFF: (10**12 + n, n % 1500) for n in range(max(0, count - RING), count)}
    numbers = [*asked, *list(remembered)[:2], *list(remembered)[-2:], count & 0xFFFF, (count - RING - 1) & 0xFFFF]
    expected = [remembered.get(number) for number in numbers]
    assert [history.sent(number) for number in numbers] == expected
    for number, found in remembered.items():
        word = history.packets[(count - (count - number & 0xFFFF)) % RING]
        assert (word >> SIZE_BITS, word & SIZE_MASK, word & HEARD) == (*found, 0)


def test_two_histories_are_never_one() -> None:
    assert len({SendHistory(), SendHistory()}) == 2
