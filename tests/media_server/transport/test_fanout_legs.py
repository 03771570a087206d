"""Legs come, move, go and cannot be reached: the compiled fan-out sends to those that are there and keeps nothing."""

from __future__ import annotations

import gc
import socket

import psutil
import pytest

from media_server.rtp.extensions import MID, TRANSPORT_CC, ExtensionMap
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegList
from media_server.rtp.send_history import SendHistory
from media_server.transport.fanout.kernel import WORTH_COMPILED, KernelFanOut
from media_server.transport.fanout.plain import microseconds
from tests.media_server.transport.fanout_wire import LEGS, NOW, SOME, Wire, new_leg, packets

CHURNED_LEGS = 10_000
CHURN_BYTES = 2 << 20


def test_more_viewers_than_one_hand_over_carries_all_get_their_packets(wire: Wire) -> None:
    # 9 × 1,178 bytes a viewer: the buffer is full after 24 of them, the table of messages would be after 64.
    legs = [new_leg(SOME._replace(ssrc=n), wire.address(n % LEGS), seed=n) for n in range(150)]
    kernel, received = wire.kernel[True], []
    before = kernel.counters.packets_sent
    for n in range(0, 150, 30):
        kernel.forward(LegList(legs[n : n + 30]), packets([(1150, 0, False)] * 9))
        received += [datagram for place in range(LEGS) for datagram in wire.received(place, 90)]
    assert kernel.counters.packets_sent - before == 150 * 9
    assert sorted(int.from_bytes(d[8:12], "big") for d in received) == sorted(list(range(150)) * 9)


def test_a_leg_is_noted_as_sent_to_when_its_turn_came(wire: Wire) -> None:
    agreed = ExtensionMap(((TRANSPORT_CC, 1),))
    histories = [SendHistory() for _ in range(60)]
    legs = [new_leg(SOME._replace(ssrc=n), wire.address(0), n, agreed, of) for n, of in enumerate(histories)]
    wire.kernel[True].forward(legs, packets([(1150, 0, False)] * 9))
    assert len(wire.received(0, 540)) == 540
    first, last = histories[0].sent(0), histories[-1].sent(0)
    assert first is not None
    assert last is not None
    assert microseconds(NOW) <= first[0] < last[0]


def test_a_leg_that_was_removed_is_sent_nothing_and_the_others_go_on(wire: Wire) -> None:
    legs = [new_leg(SOME._replace(ssrc=n), wire.address(n), seed=n) for n in range(LEGS)]
    live = LegList(legs)
    one = packets([(100, 0, True)])
    wire.kernel[True].forward(live, one)
    assert [len(wire.received(place, 1)) for place in range(LEGS)] == [1, 1, 1]
    live.discard(legs[0])
    wire.kernel[True].forward(live, one)
    assert wire.is_silent(0)
    assert [leg.packets_sent for leg in legs] == [1, 2, 2]
    assert wire.received(1, 1)
    assert wire.received(2, 1)


def test_a_leg_that_moved_is_sent_to_its_new_address(wire: Wire) -> None:
    leg = new_leg(SOME, wire.address(0))
    live, one = LegList([leg]), packets([(100, 0, True)])
    wire.kernel[True].forward(live, one)
    assert wire.received(0, 1)
    leg.address = wire.address(1)
    wire.kernel[True].forward(live, one)
    assert wire.received(1, 1)
    assert wire.is_silent(0)


def test_legs_of_one_cipher_share_a_context_that_goes_with_the_last_of_them(wire: Wire) -> None:
    kernel = wire.kernel[False]
    gc.collect()
    before = kernel.context_count
    first = new_leg(SOME, wire.address(0))
    second = RtpLeg(ssrc=8, payload_type=97, cipher=first.cipher, address=wire.address(0))
    kernel.forward([first, second], packets([(10, 0, False)]))
    assert wire.received(0, 2)
    assert first.context == second.context != 0
    assert kernel.context_count == before + 1
    del first
    assert kernel.context_count == before + 1
    kernel.forward([second], packets([(10, 0, False)]))
    assert wire.received(0, 1)
    del second
    assert kernel.context_count == before


def test_ten_thousand_legs_that_came_and_went_leave_no_memory_behind(wire: Wire) -> None:
    kernel, one = wire.kernel[False], packets([(10, 0, False)])
    process = psutil.Process()

    def churn(count: int) -> None:
        for n in range(count):
            live = LegList()
            leg = new_leg(SOME, wire.address(0), seed=n)
            live.add(leg)
            kernel.forward(live, one)
            wire.received(0, 1)
            live.discard(leg)

    churn(CHURNED_LEGS // 10)
    before = process.memory_info().rss
    churn(CHURNED_LEGS)
    assert kernel.context_count == 0
    assert process.memory_info().rss - before < CHURN_BYTES


def test_a_payload_that_fits_no_datagram_is_refused_before_anything_is_written(wire: Wire) -> None:
    leg = new_leg(SOME, wire.address(0))
    with pytest.raises(ValueError, match="does not fit"):
        wire.kernel[True].forward([leg], [MediaPacket(1, 1, True, bytes(65_000))])
    assert leg.packets_sent == 0


def test_an_ipv4_socket_sends_nothing_to_ipv6_and_counts_it(wire: Wire) -> None:
    for form in (wire.plain[True], wire.kernel[True]):
        sent, refused = form.counters.packets_sent, form.counters.packets_refused
        legs = [new_leg(SOME, wire.address(place)) for place in (LEGS, 0)]
        form.forward(legs, packets([(100, 0, True)] * 5))
        assert len(wire.received(0, 5)) == 5
        assert (form.counters.packets_sent - sent, form.counters.packets_refused - refused) == (5, 5)


def test_legs_of_different_agreements_are_refused_together(wire: Wire) -> None:
    legs = [new_leg(SOME, wire.address(0)), new_leg(SOME, wire.address(0), agreed=ExtensionMap(((MID, 1),), mid=b"0"))]
    for form in (wire.plain[True], wire.kernel[True]):
        with pytest.raises(ValueError, match="the same header extensions"):
            form.forward(legs, packets([(100, 0, True)]))


def test_what_the_socket_refuses_is_counted_and_not_tried_again(wire: Wire) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stuck:
        # A socket of another family refuses every message.
        kernel = KernelFanOut(stuck, use_gso=False, worth_compiled=0)
        kernel.forward([new_leg(SOME, wire.address(n), seed=n) for n in range(3)], packets([(9, 0, False)] * 50))
        assert (kernel.counters.packets_sent, kernel.counters.packets_refused) == (0, 150)


def test_refused_sends_do_not_hold_up_those_behind_them(wire: Wire) -> None:
    unreachable = ("127.0.0.1", 0)
    places = [unreachable, wire.address(0), unreachable, unreachable, wire.address(1), unreachable]
    kernel = wire.kernel[False]
    sent, refused = kernel.counters.packets_sent, kernel.counters.packets_refused
    kernel.forward([new_leg(SOME, address, seed=n) for n, address in enumerate(places)], packets([(9, 0, False)] * 5))
    assert (kernel.counters.packets_sent - sent, kernel.counters.packets_refused - refused) == (10, 20)
    assert len(wire.received(0, 5)) == len(wire.received(1, 5)) == 5


def test_a_lone_datagram_is_sent_by_the_plain_form(wire: Wire) -> None:
    kernel = KernelFanOut(wire.senders[0], use_gso=False)
    leg = new_leg(SOME, wire.address(0))
    kernel.forward([leg], packets([(10, 0, False)]))
    assert wire.received(0, 1)
    assert (leg.context, kernel.counters.packets_sent) == (0, 1)
    kernel.forward([leg], packets([(10, 0, False)] * WORTH_COMPILED))
    assert len(wire.received(0, WORTH_COMPILED)) == WORTH_COMPILED
    assert leg.context != 0
