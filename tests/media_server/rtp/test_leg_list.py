"""A list of legs names each leg's memory, whoever comes and goes."""

from __future__ import annotations

import ctypes

from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.leg import RtpLeg
from media_server.rtp.leg_list import LegList


def new_leg(ssrc: int) -> RtpLeg:
    return RtpLeg(ssrc=ssrc, payload_type=96, cipher=None, seal=bytes, address=("192.0.2.1", 9))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 19)), max_size=200))
def test_it_holds_who_was_added_and_not_removed(steps: list[tuple[bool, int]]) -> None:
    legs = [new_leg(n) for n in range(20)]
    listed, expected = LegList(), set[RtpLeg]()
    for is_added, which in steps:
        if is_added:
            listed.add(legs[which])
            expected.add(legs[which])
        else:
            listed.discard(legs[which])
            expected.discard(legs[which])
        assert len(listed) == len(expected)
        assert set(listed) == expected
        assert listed.addresses.tolist() == [ctypes.addressof(leg) for leg in listed]


def test_a_leg_reads_back_what_it_was_given() -> None:
    leg = RtpLeg(ssrc=0xFFFF_FFFF, payload_type=127, cipher=None, seal=bytes, address=("203.0.113.9", 65_535))
    leg.timestamp_offset = 0xFFFF_FFFF
    leg.index_offset = -(2**40)
    assert (leg.ssrc, leg.payload_type, leg.timestamp_offset, leg.index_offset) == (
        0xFFFF_FFFF,
        127,
        0xFFFF_FFFF,
        -(2**40),
    )
    assert leg.address == ("203.0.113.9", 65_535)


def test_legs_with_the_same_numbers_are_two_legs() -> None:
    assert new_leg(1) != new_leg(1)
    assert len(LegList([new_leg(1), new_leg(1)])) == 2
