"""Connections that want more than their share, or speak nonsense."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from media_server.ingest.limits import IngestLimits, Places
from media_server.rtmp.handshake import ClientHandshake
from media_server.rtmp.messages import MAX_MESSAGE_BYTES, UserControl, user_control_message
from tests.media_server.ingest.publisher import publisher
from tests.media_server.ingest.stage import KEY, Stage, stage
from tests.support.waiting import eventually


@asynccontextmanager
async def raw(here: Stage, data: bytes = b"") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that has sent `data`."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", here.server.port))
    reader, writer = await asyncio.open_connection(sock=sock)
    writer.write(data)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends the connection, whatever it says before."""
    try:
        async with asyncio.timeout(10):
            await reader.read()
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01" + bytes(300),
        b"\x06" + bytes(3000),
        ClientHandshake().begin() + bytes(1536) + b"\xff" * 4000,
        ClientHandshake().begin()
        + bytes(1536)
        + b"\x03"
        + bytes(3)
        + b"\x00\x00\x04\x14"
        + bytes(4)
        + b"\x02\xff\xff\x00",
        ClientHandshake().begin()
        + bytes(1536)
        + b"\x06"
        + bytes(3)
        + (MAX_MESSAGE_BYTES + 1).to_bytes(3, "big")
        + b"\x09"
        + bytes(4),
    ],
    ids=["http", "tls", "rtmpe", "chunks", "amf", "size"],
)
async def test_nonsense_ends_the_connection_at_once(data: bytes) -> None:
    async with stage() as here, raw(here, data) as (reader, _):
        assert await is_ended(reader)
        await eventually(lambda: here.server.connections == 0)


@pytest.mark.parametrize("sent", [b"", b"\x03", ClientHandshake().begin(), ClientHandshake().begin() + bytes(1536)])
async def test_who_does_not_get_on_is_ended_by_a_deadline(sent: bytes) -> None:
    async with stage() as here, raw(here, sent) as (reader, _):
        await eventually(lambda: here.server.connections == 1)
        here.clock.ahead_s += IngestLimits().begin_s - 5
        here.server.poll(here.clock())
        assert here.server.connections == 1
        here.clock.ahead_s += 10
        here.server.poll(here.clock())
        assert await is_ended(reader)


async def test_connections_are_bounded() -> None:
    async with stage(IngestLimits(connections=2)) as here, raw(here), raw(here):
        await eventually(lambda: here.server.connections == 2)
        async with raw(here) as (reader, _):
            assert await is_ended(reader)
        assert here.server.connections == 2


def test_one_address_does_not_take_all_places_and_a_network_of_ipv6_is_one() -> None:
    places = Places(IngestLimits(connections=10, connections_per_address=2))
    assert [places.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert places.take("192.0.2.2")
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::3"]
    assert [places.take(address) for address in addresses] == [True, True, False]
    assert places.take("2001:db8:1:3::1")
    assert [places.take(address) for address in ("::ffff:192.0.2.9", "fe80::1%eth0", "")] == [True] * 3
    places.give_up("192.0.2.1")
    assert places.take("192.0.2.1")


async def test_a_publisher_that_asks_and_never_reads_is_ended() -> None:
    ping = bytes.fromhex("02 000000 000006 04 00000000") + user_control_message(UserControl.PING_REQUEST, 1).payload
    async with stage(IngestLimits(unsent_bytes=4096)) as here:
        # Connections inherit it: there is less to fill.
        here.server._servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        await _ask_and_never_read(here, ping)


async def _ask_and_never_read(here: Stage, ping: bytes) -> None:
    async with raw(here) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(ClientHandshake().begin() + bytes(1536) + ping * 5)
        await eventually(lambda: here.server.connections == 1)
        with suppress(ConnectionError):
            while here.server.connections:
                writer.write(ping * 1000)
                await asyncio.sleep(0)
        assert here.server.connections == 0


async def test_tls_that_is_none_ends_and_leaves_the_others_alone(certificate: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=certificate[0])
    async with stage(certificate=certificate[0], key=certificate[1]) as here:
        assert here.server.tls_port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", here.server.tls_port)
        writer.write(b"\x03" + bytes(1536))
        assert await is_ended(reader)
        writer.transport.abort()
        async with publisher(here.server.tls_port, KEY, tls=context) as encoder:
            encoder.configurations()
            encoder.pictures(3)
            await eventually(lambda: here.heard.count() == 3)
        assert here.keys.asked == [("rtmps", "127.0.0.1")]
