"""The one socket: whose a datagram is, what is dropped unread, and that nobody disturbs anybody else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from media_server.rtp.leg import Address
from media_server.rtp.stream_address import StreamAddress
from media_server.transport.endpoint import UdpEndpoint, bind_udp
from media_server.transport.receive import MAX_DATAGRAM_BYTES
from tests.support.waiting import eventually

REPORT = b"\x80\xc9\x00\x01\x00\x00\x00\x07"


class RecordingPeer:
    def __init__(self) -> None:
        self.checks: list[bytes] = []
        self.datagrams: list[bytes] = []

    def receive_check(self, datagram: bytes, source: Address) -> None:
        self.checks.append(datagram)

    def receive(self, datagram: bytes, source: Address) -> None:
        self.datagrams.append(datagram)

    def lost(self, address: StreamAddress) -> None:
        raise AssertionError("nobody is reached by a connection here")


class Stage:
    def __init__(self) -> None:
        self.seen_at_drain: list[int] = []
        self.peer = RecordingPeer()
        self.endpoint = UdpEndpoint(bind_udp("127.0.0.1", 0), on_drained=self._drained)
        self.address = ("127.0.0.1", self.endpoint.port)

    def _drained(self) -> None:
        self.seen_at_drain.append(len(self.peer.datagrams))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    loop = asyncio.get_running_loop()
    made.endpoint.start(loop)
    yield made
    made.endpoint.stop(loop)


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


def check_for(ufrag: str) -> bytes:
    """A binding request that names `ufrag`, unsigned: the endpoint looks no further."""
    username = f"{ufrag}:x".encode()
    padded = username + bytes(-len(username) % 4)
    attribute = b"\x00\x06" + len(username).to_bytes(2, "big") + padded
    return b"\x00\x01" + len(attribute).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + attribute


@pytest.mark.parametrize("datagram", [b"", bytes(MAX_DATAGRAM_BYTES + 1), b"\x80" * 1600, bytes(60_000)], ids=len)
async def test_empty_and_oversize_datagrams_are_dropped_unread(
    stage: Stage, sender: socket.socket, datagram: bytes
) -> None:
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    sender.sendto(datagram, stage.address)
    sender.sendto(b"\x80after", stage.address)
    await eventually(lambda: stage.peer.datagrams == [b"\x80after"])
    assert stage.endpoint.counters.malformed == 1


@pytest.mark.parametrize("datagram", [b"\x80", b"\x16", b"\x00", b"\xff", bytes(MAX_DATAGRAM_BYTES)], ids=repr)
async def test_nobody_hears_of_an_address_that_is_not_validated(
    stage: Stage, sender: socket.socket, datagram: bytes
) -> None:
    sender.sendto(datagram, stage.address)
    await eventually(lambda: stage.endpoint.counters.unknown == 1)
    assert stage.peer.datagrams == []
    assert stage.peer.checks == []


@pytest.mark.parametrize("datagram", [b"\x80", b"\x16", b"\xff", b"\x80" * MAX_DATAGRAM_BYTES], ids=len)
async def test_one_byte_and_the_largest_datagram_reach_the_peer(
    stage: Stage, sender: socket.socket, datagram: bytes
) -> None:
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    sender.sendto(datagram, stage.address)
    await eventually(lambda: stage.peer.datagrams == [datagram])


async def test_a_check_goes_to_whom_it_names_from_wherever_it_comes(stage: Stage, sender: socket.socket) -> None:
    other = RecordingPeer()
    stage.endpoint.add_ufrag("mine", stage.peer)
    stage.endpoint.add_ufrag("theirs", other)
    stage.endpoint.add_address(sender.getsockname(), other)
    sender.sendto(check_for("mine"), stage.address)
    await eventually(lambda: stage.peer.checks == [check_for("mine")])
    stage.endpoint.remove_ufrag("mine")
    sender.sendto(check_for("mine"), stage.address)
    await eventually(lambda: stage.endpoint.counters.unknown == 1)
    assert other.checks == []


async def test_what_arrived_together_is_forwarded_together(stage: Stage, sender: socket.socket) -> None:
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    # Sent without giving the loop a turn, so that one wake-up finds them all.
    for _ in range(20):
        sender.sendto(b"\x80", stage.address)
    await eventually(lambda: len(stage.peer.datagrams) == 20)
    assert stage.seen_at_drain == [20]


async def test_a_flood_leaves_the_loop_a_turn(stage: Stage, sender: socket.socket) -> None:
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    for _ in range(600):
        sender.sendto(b"\x80", stage.address)
    await eventually(lambda: len(stage.peer.datagrams) == 600)
    assert stage.seen_at_drain == [256, 512, 600]


async def test_media_is_forwarded_before_reports_that_came_sooner(stage: Stage, sender: socket.socket) -> None:
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    for datagram in (REPORT, b"\x16handshake", b"\x80media", REPORT, b"\x80more"):
        sender.sendto(datagram, stage.address)
    await eventually(lambda: len(stage.peer.datagrams) == 5)
    assert stage.peer.datagrams == [b"\x80media", b"\x80more", REPORT, b"\x16handshake", REPORT]
    assert stage.seen_at_drain[0] == 2


async def test_a_heap_of_reports_that_take_long_holds_up_no_media(stage: Stage, sender: socket.socket) -> None:
    class Slow(RecordingPeer):
        def receive(self, datagram: bytes, source: Address) -> None:
            super().receive(datagram, source)
            time.sleep(0.002)
            if len(self.datagrams) == 3:
                sender.sendto(b"\x80", stage.address)

    slow = Slow()
    stage.endpoint.add_address(sender.getsockname(), slow)
    for _ in range(40):
        sender.sendto(REPORT, stage.address)
    await eventually(lambda: len(slow.datagrams) == 41)
    assert slow.datagrams.index(b"\x80") == 3
    assert slow.datagrams.count(REPORT) == 40


async def test_more_than_can_wait_is_dropped_and_media_is_not(
    stage: Stage, sender: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_server.transport.endpoint.MAX_PUT_OFF", 8)
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    for _ in range(20):
        sender.sendto(REPORT, stage.address)
        sender.sendto(b"\x80", stage.address)
    await eventually(lambda: len(stage.peer.datagrams) == 28)
    assert stage.endpoint.counters.overflowed == 12
    assert stage.peer.datagrams.count(b"\x80") == 20


async def test_an_address_belongs_to_the_last_who_proved_himself_there(stage: Stage, sender: socket.socket) -> None:
    first, second = RecordingPeer(), stage.peer
    address = sender.getsockname()
    stage.endpoint.add_address(address, first)
    stage.endpoint.add_address(address, second)
    # The one who lost it goes: that must not take it from the one who has it.
    stage.endpoint.remove_address(address, first)
    sender.sendto(b"\x80", stage.address)
    await eventually(lambda: second.datagrams == [b"\x80"])
    assert first.datagrams == []
    stage.endpoint.remove_address(address, second)
    sender.sendto(b"\x80", stage.address)
    await eventually(lambda: stage.endpoint.counters.unknown == 1)


async def test_sending_to_nobody_neither_raises_nor_stops_what_comes_next(stage: Stage, sender: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        dead_address = gone.getsockname()
    stage.endpoint.add_address(sender.getsockname(), stage.peer)
    for _ in range(5):
        stage.endpoint.send(b"hello", dead_address)
        stage.endpoint.send(b"hello", ("127.0.0.1", 0))
        stage.endpoint.send(bytes(70_000), sender.getsockname())
    sender.sendto(b"\x80", stage.address)
    await eventually(lambda: stage.peer.datagrams == [b"\x80"])


def test_a_port_that_is_taken_is_an_error() -> None:
    with bind_udp("127.0.0.1", 0) as sock, pytest.raises(OSError, match="in use"):
        bind_udp("127.0.0.1", sock.getsockname()[1])
