"""ICE over TCP: the same sessions over connections, how many there may be, and what strangers cannot do with them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Pli
from media_server.rtp.stream_address import StreamAddress
from media_server.transport import tcp
from media_server.transport.framing import framed
from media_server.transport.tcp import MAX_QUEUED_BYTES, TcpLimits, TcpListener, listen_tcp
from tests.media_server.transport.stage import Session, TransportStage, client_hello, goes_on
from tests.support.tcp_client import TcpWebRtcClient
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

LIMITS = TcpLimits(total=8, per_site=6, strangers=4)


@asynccontextmanager
async def listening(stage: TransportStage, limits: TcpLimits = LIMITS) -> AsyncIterator[TcpListener]:
    """A listener beside the stage's socket, until it is left."""
    made = TcpListener(listen_tcp("127.0.0.1", 0), stage.endpoint, limits)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def listener(stage: TransportStage) -> AsyncIterator[TcpListener]:
    async with listening(stage) as made:
        yield made


async def connected(stage: TransportStage, listener: TcpListener) -> tuple[TcpWebRtcClient, Session]:
    client = TcpWebRtcClient()
    session = stage.session(client, address=("127.0.0.1", listener.port))
    await client.connect()
    await eventually(lambda: session.heard.srtp is not None)
    return client, session


async def stranger(listener: TcpListener) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", listener.port)


async def is_hung_up(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 3) == b""
    except ConnectionResetError:
        return True


async def test_a_peer_connects_and_media_goes_both_ways(stage: TransportStage, listener: TcpListener) -> None:
    client, session = await connected(stage, listener)
    await goes_on(client, session.heard.rtp)
    assert isinstance(session.heard.address, StreamAddress)
    session.transport.send_rtcp(Pli(3, 4).serialize())
    await eventually(lambda: list(client.rtcp) == [Pli(3, 4)])


async def test_the_end_of_a_session_is_said_and_hangs_up(stage: TransportStage, listener: TcpListener) -> None:
    client, session = await connected(stage, listener)
    session.transport.close("the stream ended")
    await eventually(lambda: client.is_closed_by_server)
    await eventually(lambda: listener.connection_count == 0)


async def test_a_connection_and_udp_from_the_same_address_are_two_peers(
    stage: TransportStage, listener: TcpListener
) -> None:
    client, session = await connected(stage, listener)
    local = client.socket.getsockname()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(local)
        unknown = stage.endpoint.counters.unknown
        udp.sendto(client.seal(RtpPacket(96, 500, 90, 7, payload=b"stolen")), stage.address)
        await eventually(lambda: stage.endpoint.counters.unknown == unknown + 1)
    assert session.heard.rtp == []
    await goes_on(client, session.heard.rtp)


async def test_a_peer_whose_connection_broke_comes_back_by_another(
    stage: TransportStage, listener: TcpListener
) -> None:
    client, session = await connected(stage, listener)
    first = session.heard.address
    client.hang_up()
    await eventually(lambda: session.transport.ice.selected is None)
    session.transport.send_rtcp(Pli(1, 2).serialize())
    client.roam()
    client.check()
    await eventually(lambda: len(session.heard.moves) == 1)
    assert session.heard.moves[0] != first
    await goes_on(client, session.heard.rtp)
    assert session.heard.closed == []


async def test_a_peer_goes_on_by_udp_where_that_is_nominated(stage: TransportStage, listener: TcpListener) -> None:
    client, session = await connected(stage, listener)
    # What it nominated last counts.
    client.is_consenting = False
    request = client.binding_request()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.sendto(request, stage.address)
        await eventually(lambda: session.heard.moves == [udp.getsockname()])
        session.transport.send_rtcp(Pli(3, 4).serialize())
        udp.settimeout(3)
        # The answer to the check, then the report.
        assert udp.recv(1500)[0] < 4
        assert 127 < udp.recv(1500)[0] < 192


async def test_who_never_nominates_is_sent_media_by_udp_rather_than_by_a_connection(
    stage: TransportStage, listener: TcpListener
) -> None:
    client = WebRtcClient()
    session = stage.session(client)
    client.check(nominate=False)
    await eventually(lambda: session.transport.ice.selected == client.address)
    reader, writer = await stranger(listener)
    writer.write(framed([client.binding_request(nominate=False)]))
    await reader.readexactly(2)
    assert session.transport.ice.selected == client.address
    assert len(session.transport.ice.validated) == 2
    writer.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xff",
        framed([b"\x80" * 1400] * 4),
        b"\0\0" * 3000,
        framed([client_hello()] * 20),
    ],
    ids=["http", "oversize", "media", "empty-frames", "hellos"],
)
async def test_a_stranger_is_hung_up_on_and_not_answered(
    stage: TransportStage, listener: TcpListener, nonsense: bytes
) -> None:
    client, session = await connected(stage, listener)
    reader, writer = await stranger(listener)
    writer.write(nonsense)
    assert await is_hung_up(reader)
    writer.close()
    assert listener.counters.strangers == 1
    await goes_on(client, session.heard.rtp)


async def test_a_check_with_a_wrong_password_proves_nothing(stage: TransportStage, listener: TcpListener) -> None:
    client, session = await connected(stage, listener)
    assert client.remote is not None
    forger = WebRtcClient()
    forger.use_remote(replace(client.remote, password="x" * 48))
    reader, writer = await stranger(listener)
    writer.write(framed([forger.binding_request()] * 60))
    assert await is_hung_up(reader)
    writer.close()
    await forger.close()
    await goes_on(client, session.heard.rtp)


async def test_who_says_nothing_is_given_up(
    stage: TransportStage, listener: TcpListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "PROVE_WITHIN_S", 0.2)
    reader, writer = await stranger(listener)
    assert await is_hung_up(reader)
    writer.close()
    assert (listener.counters.strangers, listener.connection_count) == (1, 0)


async def test_of_many_strangers_the_oldest_makes_room_and_peers_stay(
    stage: TransportStage, listener: TcpListener
) -> None:
    client, session = await connected(stage, listener)
    strangers = [await stranger(listener) for _ in range(LIMITS.strangers + 2)]
    for reader, _ in strangers[:2]:
        assert await is_hung_up(reader)
    await eventually(lambda: listener.connection_count == LIMITS.strangers + 1)
    second, other = await connected(stage, listener)
    await goes_on(client, session.heard.rtp)
    await goes_on(second, other.heard.rtp)
    for _, writer in strangers:
        writer.close()


async def test_connections_are_bounded(stage: TransportStage, listener: TcpListener) -> None:
    peers = [await connected(stage, listener) for _ in range(LIMITS.total)]
    reader, writer = await stranger(listener)
    assert await is_hung_up(reader)
    writer.close()
    assert listener.counters.refused == 1
    peers[0][0].hang_up()
    await eventually(lambda: listener.connection_count == LIMITS.total - 1)
    await connected(stage, listener)


async def test_one_address_has_a_few_strangers_and_any_number_of_peers(stage: TransportStage) -> None:
    async with listening(stage, TcpLimits(total=20, per_site=2, strangers=10)) as listener:
        peers = [await connected(stage, listener) for _ in range(5)]
        strangers = [await stranger(listener) for _ in range(3)]
        assert await is_hung_up(strangers[2][0])
        assert (listener.counters.refused, listener.connection_count) == (1, len(peers) + 2)
        strangers[0][1].close()
        await eventually(lambda: listener.connection_count == len(peers) + 1)
        await connected(stage, listener)
        for _, writer in strangers:
            writer.close()


async def fill(address: StreamAddress) -> int:
    """How many packets went in until one did not."""
    packets = [bytes((0x80, 96)) + bytes(1198) for _ in range(64)]
    taken = 0
    while (now_taken := address.stream.send(packets)) == len(packets):
        taken += now_taken
        assert taken * 1200 < 64 << 20, "nothing is bounded"
        # What the kernel takes it takes while the loop runs too.
        await asyncio.sleep(0)
    return taken + now_taken


async def test_a_full_queue_drops_whole_packets_and_what_it_took_arrives(
    stage: TransportStage, listener: TcpListener
) -> None:
    client, session = await connected(stage, listener)
    address = session.heard.address
    assert isinstance(address, StreamAddress)
    client.stop_reading()
    taken = await fill(address)
    assert taken >= MAX_QUEUED_BYTES // 1202
    assert 0 < listener.counters.packets_dropped < 64
    client.go_on_reading()
    # No half of a frame is among them: what follows one would be nonsense.
    await eventually(lambda: client.undecryptable == taken)
    await goes_on(client, session.heard.rtp)


async def test_a_connection_that_closes_while_it_is_read_is_not_revived_by_what_it_brought(
    stage: TransportStage, listener: TcpListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, session = await connected(stage, listener)
    address = session.heard.address
    assert isinstance(address, StreamAddress)
    client.is_consenting = False
    client.stop_reading()
    await fill(address)
    monkeypatch.setattr(tcp, "STUCK_AFTER_S", -1.0)
    # The first is answered, which finds the connection stuck.
    client.socket.sendall(framed([client.binding_request()] * 3))
    await eventually(lambda: listener.counters.stuck == 1)
    assert session.transport.ice.selected is None
    assert session.transport.ice.validated == ()
    assert not stage.endpoint.has_address(address)


async def test_a_stuck_connection_is_closed(
    stage: TransportStage, listener: TcpListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, session = await connected(stage, listener)
    address = session.heard.address
    assert isinstance(address, StreamAddress)
    client.stop_reading()
    await fill(address)
    assert listener.connection_count == 1
    monkeypatch.setattr(tcp, "STUCK_AFTER_S", 0.0)
    # What is queued moves on for a moment yet, into the kernel's buffers.
    await eventually(lambda: address.stream.send([bytes(1200)] * 64) == 0 and listener.counters.stuck == 1)
    assert (listener.connection_count, session.transport.ice.selected) == (0, None)
