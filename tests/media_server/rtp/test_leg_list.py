"""A list of legs names each leg's memory, whoever comes and goes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.extensions import MID, NONE_AGREED, TRANSPORT_CC, ExtensionMap
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegGroups, LegList
from media_server.rtp.send_history import SendHistory
from tests.support.ciphers import any_cipher

CIPHER = any_cipher()
AGREEMENTS = [NONE_AGREED, *(ExtensionMap(((MID, key),), mid=b"0") for key in (1, 2))]


def new_leg(ssrc: int, agreed: ExtensionMap = NONE_AGREED) -> RtpLeg:
    return RtpLeg(ssrc=ssrc, payload_type=96, cipher=CIPHER, address=("192.0.2.1", 9), extensions=agreed)


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
    leg = RtpLeg(ssrc=0xFFFF_FFFF, payload_type=127, cipher=CIPHER, address=("203.0.113.9", 65_535))
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


class Calls:
    """A fan-out that keeps what it was asked for."""

    def __init__(self) -> None:
        self.legs: list[RtpLeg] = []

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        called_with = list(legs)
        assert len({leg.extensions for leg in called_with}) == 1
        assert len(packets) == 1
        self.legs += called_with


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 19)), max_size=100))
def test_groups_send_to_each_leg_once_beside_its_equals(steps: list[tuple[bool, int]]) -> None:
    legs = [new_leg(n, AGREEMENTS[n % 3]) for n in range(20)]
    groups, expected = LegGroups(), set[RtpLeg]()
    for is_added, which in steps:
        if is_added:
            groups.add(legs[which])
            expected.add(legs[which])
        else:
            groups.discard(legs[which])
            expected.discard(legs[which])
        assert len(groups) == len(expected)
        assert set(groups) == expected
    calls = Calls()
    groups.forward(calls, [MediaPacket(1, 1, True, b"")])
    assert len(calls.legs) == len(expected)
    assert set(calls.legs) == expected


def test_a_list_takes_only_legs_of_one_agreement() -> None:
    listed = LegList([new_leg(1, AGREEMENTS[1])])
    with pytest.raises(ValueError, match="same header extensions"):
        listed.add(new_leg(2))
    assert len(listed) == 1


@pytest.mark.parametrize(
    ("address", "mapped"),
    [(("203.0.113.9", 5), ("::ffff:203.0.113.9", 5)), (("2001:db8::7", 5), ("2001:db8::7", 5))],
    ids=["IPv4", "IPv6"],
)
def test_an_address_of_either_family_is_held_as_ipv6(address: Address, mapped: Address) -> None:
    leg = new_leg(1)
    leg.address = address
    assert leg.address == address
    assert leg.mapped_address == mapped
    assert (bytes(leg.ip), leg.port) == (ip_address(mapped[0]).packed, 5)


def test_a_leg_is_numbered_for_its_transport_exactly_when_that_was_agreed_on() -> None:
    history, agreed = SendHistory(), ExtensionMap(((TRANSPORT_CC, 1),))
    for extensions, given_history in ((agreed, None), (NONE_AGREED, history)):
        with pytest.raises(ValueError, match="transport-wide"):
            RtpLeg(
                ssrc=1,
                payload_type=96,
                cipher=CIPHER,
                address=("192.0.2.1", 9),
                extensions=extensions,
                history=given_history,
            )
