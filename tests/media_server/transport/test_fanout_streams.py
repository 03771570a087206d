"""Legs that are reached by a connection: sent what the others are sent, whichever form of the fan-out serves them."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator, Sequence

import pytest

from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.rtp.stream_address import StreamAddress
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import PlainFanOut
from media_server.transport.fanout.kernel import KernelFanOut
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpProfile, SrtpSession

FanOut = PlainFanOut | KernelFanOut
FRAME = [MediaPacket(1_000_000 + n, 90_000, n == 5, bytes([n]) * size) for n, size in enumerate([1150] * 5 + [300])]


class Written:
    """A connection that takes all but the last `refused` datagrams of each call."""

    def __init__(self, refused: int = 0) -> None:
        self.datagrams: list[bytes] = []
        self._refused = refused

    def send(self, datagrams: Sequence[bytes]) -> int:
        taken = len(datagrams) - self._refused
        self.datagrams += datagrams[:taken]
        return taken

    def close(self) -> None:
        raise AssertionError("the fan-out closes nothing")


class Pair:
    """A leg and the peer that opens what is sealed for it."""

    def __init__(self, profile: SrtpProfile, address: tuple[str, int]) -> None:
        material = random.Random(3).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
        ours = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=False))
        self._theirs = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=True))
        self.leg = RtpLeg(ssrc=7, payload_type=96, cipher=ours.rtp_cipher, address=address)
        # Sequence numbers begin just below their wrap.
        self.leg.index_offset = 65_530 - FRAME[0].index

    def opened(self, datagrams: list[bytes]) -> list[tuple[int, bytes]]:
        packets = [RtpPacket.parse(self._theirs.open_rtp(datagram)) for datagram in datagrams]
        return [(packet.sequence_number, packet.payload) for packet in packets]


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with bind_udp("127.0.0.1", 0) as sock:
        yield sock


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with bind_udp("127.0.0.1", 0) as sock:
        sock.settimeout(2)
        yield sock


def later(packets: Sequence[MediaPacket], by: int) -> list[MediaPacket]:
    return [MediaPacket(packet.index + by, packet.timestamp, packet.marker, packet.payload) for packet in packets]


def expected(packets: Sequence[MediaPacket]) -> list[tuple[int, bytes]]:
    return [((65_530 + packet.index - FRAME[0].index) & 0xFFFF, packet.payload) for packet in packets]


each_form = pytest.mark.parametrize(
    "make",
    [lambda sock: PlainFanOut(sock, use_gso=True), lambda sock: KernelFanOut(sock, use_gso=True, worth_compiled=0)],
    ids=["plain", "kernel"],
)
each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


@each_form
@each_profile
def test_a_peer_goes_from_udp_to_a_connection_and_back_in_one_sequence(
    sender: socket.socket, receiver: socket.socket, profile: SrtpProfile, make: Callable[[socket.socket], FanOut]
) -> None:
    fan_out, stream = make(sender), Written()
    pair = Pair(profile, receiver.getsockname())
    by_udp = Pair(profile, receiver.getsockname())
    for step, address in enumerate(
        [receiver.getsockname(), StreamAddress("192.0.2.1", 5, stream), receiver.getsockname()]
    ):
        pair.leg.address = address
        packets = later(FRAME, step * len(FRAME))
        # Beside one that stays with UDP.
        fan_out.forward([pair.leg, by_udp.leg], packets)
        if isinstance(address, StreamAddress):
            got, stream.datagrams = stream.datagrams, []
        else:
            got = [receiver.recv(2048) for _ in packets]
        assert pair.opened(got) == expected(packets)
        assert by_udp.opened([receiver.recv(2048) for _ in packets]) == expected(packets)
    assert fan_out.counters.packets_sent == 6 * len(FRAME)
    assert pair.leg.packets_sent == 3 * len(FRAME)


@each_form
def test_what_a_full_connection_does_not_take_is_counted(
    sender: socket.socket, make: Callable[[socket.socket], FanOut]
) -> None:
    fan_out, stream = make(sender), Written(refused=2)
    pair = Pair(PROFILES[0], StreamAddress("192.0.2.1", 5, stream))
    fan_out.forward([pair.leg], FRAME)
    assert pair.opened(stream.datagrams) == expected(FRAME[:4])
    assert (fan_out.counters.packets_sent, fan_out.counters.packets_refused) == (4, 2)
