"""The data channel of a session, against aiortc's own end of it and against one that does not keep to the rules."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcsctptransport import DataChunk, RTCSctpCapabilities, RTCSctpTransport
from google_crc32c import value as crc32c
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from media_server.transport.dtls import Certificate, DtlsTransport
from media_server.transport.sctp import MAX_MESSAGE_BYTES, DataTransport
from tests.support.waiting import eventually


@dataclass
class Pair:
    """Our end and a peer's, over DTLS, datagrams handed over in order unless `pass_on` says otherwise."""

    ours: DataTransport
    peer: RTCSctpTransport
    dtls: tuple[DtlsTransport, DtlsTransport]
    received: list[str] = field(default_factory=list)
    opened: list[bool] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def open_channel(self, label: str = "mix") -> RTCDataChannel:
        return RTCDataChannel(self.peer, RTCDataChannelParameters(label=label))


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    loop = asyncio.get_running_loop()
    ends: list[DtlsTransport] = []

    def to(index: int) -> Callable[[bytes], None]:
        def deliver(datagram: bytes) -> None:
            loop.call_soon(lambda: ends[index].receive(datagram))

        return deliver

    certificates = [Certificate.generateCertificate(), Certificate.generateCertificate()]
    ends.append(DtlsTransport(certificates[0], send=to(1), is_client=False))
    ends.append(DtlsTransport(certificates[1], send=to(0), is_client=True))
    prints = [(("sha-256", certificate.sha256_fingerprint),) for certificate in certificates]
    await asyncio.gather(ends[0].handshake(prints[1]), ends[1].handshake(prints[0]))

    received: list[str] = []
    opened: list[bool] = []
    broken: list[str] = []
    ours = DataTransport(
        ends[0],
        label="mix",
        on_open=lambda: opened.append(True),
        on_message=received.append,
        on_broken=broken.append,
    )
    peer = RTCSctpTransport(ends[1])
    await asyncio.gather(
        ours.begin(5000, 65_536), peer.start(RTCSctpCapabilities(maxMessageSize=MAX_MESSAGE_BYTES), 5000)
    )
    yield Pair(ours, peer, (ends[0], ends[1]), received, opened, broken)
    await ours.stop()
    await peer.stop()
    for end in ends:
        await end.stop()


async def test_text_goes_both_ways_once_the_peer_has_opened_the_channel(pair: Pair) -> None:
    heard: list[str] = []
    assert not pair.ours.send("too early")
    channel = pair.open_channel()
    channel.on("message", heard.append)
    await eventually(lambda: pair.ours.is_open)
    channel.send("play")
    await eventually(lambda: pair.received == ["play"])
    desk = "x" * 9_000
    assert pair.ours.send(desk)
    await eventually(lambda: heard == [desk])
    assert pair.opened == [True]


async def test_a_channel_of_another_name_is_nobodys(pair: Pair) -> None:
    channel = pair.open_channel("chat")
    await eventually(lambda: channel.readyState == "open")
    channel.send("hello?")
    mix = pair.open_channel()
    await eventually(lambda: pair.ours.is_open)
    mix.send("here")
    await eventually(lambda: pair.received == ["here"])


async def test_a_peer_that_does_not_read_is_sent_no_backlog(pair: Pair) -> None:
    pair.open_channel()
    await eventually(lambda: pair.ours.is_open)
    taken = sum(pair.ours.send("m" * 4_000) for _ in range(100))
    assert 10 <= taken <= 20


async def test_a_message_longer_than_announced_cuts_the_peer_off(pair: Pair) -> None:
    channel = pair.open_channel()
    await eventually(lambda: pair.ours.is_open)
    pair.peer._remote_max_message_size = 0
    channel.send("m" * (MAX_MESSAGE_BYTES + 1))
    await eventually(lambda: pair.broken != [])
    assert pair.received == []
    assert not pair.ours.is_open


async def test_fragments_that_never_become_a_message_are_bounded(pair: Pair) -> None:
    pair.open_channel()
    await eventually(lambda: pair.ours.is_open)
    for number in range(200):
        chunk = DataChunk()
        chunk.flags, chunk.stream_id, chunk.protocol = 0, 0, 51
        # Every second number is missing, so that nothing can ever be put together.
        chunk.tsn = (pair.peer._local_tsn + 2 * number + 1) & 0xFFFFFFFF
        chunk.stream_seq, chunk.user_data = 1, b"m" * 800
        await pair.peer._send_chunk(chunk)
        await asyncio.sleep(0)
    await eventually(lambda: pair.broken != [])
    assert sum(len(stream.reassembly) for stream in pair.ours._inbound_streams.values()) <= 200


async def test_streams_are_bounded(pair: Pair) -> None:
    for number in range(64):
        RTCDataChannel(pair.peer, RTCDataChannelParameters(label=f"c{number}"))
    await eventually(lambda: pair.broken != [])


async def test_a_broken_packet_ends_the_channel_and_not_the_association_below(pair: Pair) -> None:
    pair.open_channel()
    await eventually(lambda: pair.ours.is_open)
    tag = pair.peer._remote_verification_tag
    # Two INIT chunks in one packet, which aiortc asserts cannot be.
    init = struct.pack("!BBHLLHHL", 1, 0, 20, 1, 65_536, 1, 1, 1)
    body = struct.pack("!HHL", 5000, 5000, tag) + struct.pack("!L", 0) + init + init
    checksum = struct.pack("<L", crc32c(body))
    await pair.dtls[1]._send_data(body[:8] + checksum + body[12:])
    await eventually(lambda: pair.broken != [])
    assert pair.dtls[0].state == "connected"


CHUNKS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 130, 192]),
        st.integers(0, 255),
        st.binary(max_size=80),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=CHUNKS, is_ours=st.booleans())
@example(
    chunks=[(0, 3, struct.pack("!LHHL", 1, 1, 0, 50) + b"\x03\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff")],
    is_ours=True,
)
@example(chunks=[(130, 0, b"\x00\x0d\x00\x04")], is_ours=True)
@example(chunks=[(192, 0, b"\x00")], is_ours=True)
async def test_no_packet_raises(chunks: list[tuple[int, int, bytes]], is_ours: bool) -> None:
    async with closing_association() as (ours, broken):
        tag = ours._local_verification_tag if is_ours else 0
        body = b"".join(
            struct.pack("!BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)
            for kind, flags, value in chunks
        )
        packet = struct.pack("!HHL", 5000, 5000, tag) + bytes(4) + body
        await ours._handle_data(packet[:8] + struct.pack("<L", crc32c(packet)) + packet[12:])
        await ours._handle_data(body)
        assert len(broken) <= 1


class Sink:
    """A DTLS association that leads nowhere."""

    state = "connected"
    _role = "server"

    def _register_data_receiver(self, receiver: object) -> None: ...
    def _unregister_data_receiver(self, receiver: object) -> None: ...
    async def _send_data(self, data: bytes) -> None: ...


@asynccontextmanager
async def closing_association() -> AsyncIterator[tuple[DataTransport, list[str]]]:
    broken: list[str] = []
    ours = DataTransport(
        cast("DtlsTransport", Sink()),
        label="mix",
        on_open=lambda: None,
        on_message=lambda _: None,
        on_broken=broken.append,
    )
    await ours.begin(5000, 65_536)
    yield ours, broken
    await ours.stop()
