"""Sound with redundancy: taken apart on the way in, made anew for who takes it, on the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.red_view import KEPT
from media_server.router.redundancy import Redundancy
from media_server.router.track import Track
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.rtp.red import RedBlock, parse_red, write_red
from tests.media_server.router.feeding import OPUS, Sent, new_leg, received_track
from tests.media_server.router.test_source import source_track

RED = 63


def opus(number: int) -> bytes:
    return b"\xfc" + number.to_bytes(2, "big")


def red_packet(number: int, *, first: int = 65_530, depth: int = 1) -> RtpPacket:
    """Packet `number` of a sender who repeats `depth` packets before it."""
    blocks = [RedBlock(111, 960 * behind, opus(number - behind)) for behind in range(min(depth, number), 0, -1)]
    payload = write_red([*blocks, RedBlock(111, 0, opus(number))])
    return RtpPacket(RED, (first + number) & 0xFFFF, 960 * number, 7, number == 0, payload, {1: b"\x85"})


@given(st.sets(st.integers(1, 40)), st.integers(1, 3))
def test_what_was_lost_comes_back_as_far_as_redundancy_reaches(lost: set[int], depth: int) -> None:
    redundancy = Redundancy(111)
    got: dict[int, RtpPacket] = {}
    for number in range(60):
        if number in lost:
            continue
        packet = redundancy.take(red_packet(number, depth=depth))
        assert packet is not None
        for each in (*redundancy.take_recovered(), packet):
            place = each.timestamp // 960
            assert place not in got, "nothing comes twice"
            got[place] = each
    for number in range(60):
        survived = any(number + behind not in lost for behind in range(depth + 1))
        assert (number in got) == survived
    for number, packet in got.items():
        assert (packet.payload_type, packet.payload) == (111, opus(number))
        assert packet.sequence_number == (65_530 + number) & 0xFFFF
        assert (packet.extensions == {1: b"\x85"}) == (number not in lost)


def test_a_source_of_redundancy_is_a_source_of_its_codec() -> None:
    source = source_track(received_track(replace(OPUS, red_payload_type=RED)))
    for number in (0, 1, 4):
        packet = source.receive(red_packet(number, depth=2), now=0.02 * number)
        assert packet is not None
        for each in (*source.take_recovered(), packet):
            source.producer.receive(each, now=0.02 * number)
    plain = RtpPacket(111, (65_530 + 5) & 0xFFFF, 4800, 7, False, opus(5))
    assert source.receive(plain, now=0.1) is plain
    assert [packet.payload for packet in source.producer.take_pending()] == [opus(n) for n in (0, 1, 2, 3, 4)]
    broken = replace(red_packet(6), payload=b"\xef\x00")
    assert source.receive(broken, now=0.2) is None
    other = replace(red_packet(7), payload=write_red([RedBlock(9, 0, b"x")]))
    assert source.receive(other, now=0.2) is None


class Listener:
    """One who takes redundancy, on a track with others who do not."""

    def __init__(self) -> None:
        self.producer = Producer("audio", "opus", 48_000)
        self.track = Track(self.producer)
        self.sent = Sent()
        self.plain = Consumer(self.track, new_leg())
        self.red = Consumer(self.track, new_leg(2), red_blocks=109)
        for consumer in (self.plain, self.red):
            self.track.add(consumer, now=0.0)

    def play(self, *numbers: int) -> None:
        for number in numbers:
            packet = RtpPacket(111, number, 960 * number, 7, payload=opus(number))
            self.producer.receive(packet, now=number / 50)
            self.track.forward_pending(self.sent)

    def blocks(self) -> list[list[tuple[int, int, bytes]]]:
        return [
            [(block.payload_type, block.offset, block.payload) for block in parse_red(packet.payload)]
            for packet in self.sent.to(self.red.leg)
        ]


def test_who_takes_redundancy_has_each_packet_twice_and_the_others_once() -> None:
    listener = Listener()
    listener.play(*range(4))
    assert [packet.payload for packet in listener.sent.to(listener.plain.leg)] == [opus(n) for n in range(4)]
    assert listener.blocks() == [
        [(109, 0, opus(0))],
        *([(109, 960, opus(n - 1)), (109, 0, opus(n))] for n in range(1, 4)),
    ]
    indices = [packet.index for packet in listener.sent.to(listener.red.leg)]
    assert indices == list(range(indices[0], indices[0] + 4))


def test_what_is_asked_for_again_is_what_was_sent_though_more_has_come() -> None:
    listener = Listener()
    listener.play(0, 2, 1, 3)
    before = listener.sent.to(listener.red.leg)
    assert listener.blocks()[1] == [(109, 0, opus(2))], "the one before was not there"
    again: list[MediaPacket] = []

    def send(leg: RtpLeg, packet: MediaPacket) -> None:
        again.append(packet)

    for packet in before:
        listener.red.resend([packet.index & 0xFFFF], now=1.0, send=send)
    repeated = Sent()
    repeated.forward([listener.red.leg], again)
    assert repeated.to(listener.red.leg) == before


@pytest.mark.parametrize("size", [1024, 700])
def test_what_would_be_too_large_goes_alone(size: int) -> None:
    listener = Listener()
    for number in range(2):
        packet = RtpPacket(111, number, 960 * number, 7, payload=bytes(size))
        listener.producer.receive(packet, now=0.0)
    listener.track.forward_pending(listener.sent)
    assert [len(blocks) for blocks in listener.blocks()] == [1, 1]


def test_what_is_kept_of_it_is_bounded_and_goes_with_the_last_who_takes_it() -> None:
    listener = Listener()
    listener.play(*range(KEPT + 50))
    again: list[MediaPacket] = []
    oldest = listener.sent.to(listener.red.leg)[10]
    listener.red.resend([oldest.index & 0xFFFF], now=9.0, send=lambda leg, packet: again.append(packet))
    assert again == []
    view = listener.red.view
    listener.track.remove(listener.red)
    other = Consumer(listener.track, new_leg(3), red_blocks=109)
    listener.track.add(other, now=9.0)
    assert other.view is not view
