"""Connections of clients that pipeline, dawdle, never read, or are too many."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from media_server.hls_servers import connection
from media_server.hls_servers.http_request import MAX_HEAD_BYTES
from media_server.hls_servers.process import HlsServer
from media_server.hls_servers.servers import HlsServers
from tests.media_server.egress.hls.simulation import Publisher
from tests.media_server.hls_servers.stage import ServedRoom, make_servers, one_here
from tests.support.media_tokens import TokenSigner
from tests.support.rtp_source import H264Source
from tests.support.slow_http import drip_headers
from tests.support.waiting import eventually

SIGNER = TokenSigner()
# Good for as long as the suite may take: it is made when that begins.
TOKEN = SIGNER.sign("one", "watch", exp=int(time.time()) + 86_400)
FIELDS = f"Host: h\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"


@pytest.fixture
def publisher() -> Publisher:
    """A stream that has run for some seconds."""
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(4.2)
    return publisher


@pytest.fixture
async def servers(publisher: Publisher) -> HlsServers:
    servers = make_servers(SIGNER, processes=1)
    servers.open(ServedRoom("one", publisher.egress))
    return servers


@pytest.fixture
async def server(servers: HlsServers) -> AsyncIterator[HlsServer]:
    async with one_here(servers) as server:
        yield server


def get(name: str) -> bytes:
    return f"GET /hls/one/{name} HTTP/1.1\r\n{FIELDS}".encode()


async def connect(servers: HlsServers) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    assert servers.port is not None
    return await asyncio.open_connection("127.0.0.1", servers.port)


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length is not None
        return int(head.split()[1]), await reader.readexactly(int(length[1]))


async def test_requests_that_are_sent_at_once_are_answered_in_their_order(
    servers: HlsServers, server: HlsServer, publisher: Publisher
) -> None:
    reader, writer = await connect(servers)
    number, part = publisher.playlist("video").next_part
    asked = [get("index.m3u8"), get(f"video.m3u8?_HLS_msn={number}&_HLS_part={part}"), get("nothing.m3u8")]
    writer.write(b"".join(asked))
    assert (await read_answer(reader))[0] == 200
    await eventually(lambda: server.waiting_on("one") == 1)
    publisher.run(0.4)
    status, body = await read_answer(reader)
    assert status == 200
    assert publisher.egress.names.part("video", number, part).encode() in body
    assert (await read_answer(reader))[0] == 404
    writer.close()


async def test_who_reads_slowly_is_answered_all_that_was_asked(
    servers: HlsServers, server: HlsServer, publisher: Publisher
) -> None:
    """More than both the socket and what is kept of a connection hold, asked for before anything is read."""
    number = publisher.playlist("video").listed()[-1].number
    segment = publisher.playlist("video").segment(number)
    assert segment is not None
    reader, writer = await connect(servers)
    count = 2 * 16 * MAX_HEAD_BYTES // len(get("index.m3u8"))
    asking = asyncio.create_task(ask(writer, get(publisher.egress.names.segment("video", number)) * count))
    for _ in range(count):
        assert await read_answer(reader) == (200, segment)
    await asking
    writer.close()


async def ask(writer: asyncio.StreamWriter, requests: bytes) -> None:
    writer.write(requests)
    await writer.drain()


async def test_a_request_may_come_byte_by_byte(servers: HlsServers, server: HlsServer) -> None:
    reader, writer = await connect(servers)
    for byte in get("index.m3u8"):
        writer.write(bytes((byte,)))
        await writer.drain()
    assert (await read_answer(reader))[0] == 200
    writer.close()


async def test_who_goes_while_waiting_is_not_waited_for(
    servers: HlsServers, server: HlsServer, publisher: Publisher
) -> None:
    _, writer = await connect(servers)
    number, part = publisher.playlist("video").next_part
    writer.write(get(f"video.m3u8?_HLS_msn={number}&_HLS_part={part}"))
    await eventually(lambda: server.waiting_on("one") == 1)
    writer.transport.abort()
    await eventually(lambda: server.waiting_on("one") == 0)


async def test_a_head_that_never_ends_is_given_up(
    servers: HlsServers, server: HlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE_S", 0.3)
    monkeypatch.setattr(connection, "CHECK_S", 0.1)
    assert servers.port is not None
    assert await drip_headers(servers.port) == b""


async def test_nonsense_is_answered_once_and_the_connection_closed(servers: HlsServers, server: HlsServer) -> None:
    reader, writer = await connect(servers)
    writer.write(b"\x16\x03\x01\x00\xc8\r\n\r\n" + get("index.m3u8"))
    assert (await read_answer(reader))[0] == 400
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_who_asks_on_and_on_and_takes_nothing_is_read_no_further_and_let_go(
    servers: HlsServers, server: HlsServer, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 0.5)
    monkeypatch.setattr(connection, "CHECK_S", 0.1)
    number = publisher.playlist("video").listed()[-1].number
    segment = publisher.egress.names.segment("video", number)
    reader, writer = await connect(servers)
    # Nothing is taken from the socket beyond what the kernel and the stream's own bounds hold.
    asked = 0
    with suppress(ConnectionError):
        while not writer.transport.is_closing() and asked < 200_000:
            writer.write(get(segment) * 50)
            asked += 50
            await asyncio.wait_for(writer.drain(), 5)
    assert asked < 200_000
    assert reader.exception() is not None or writer.transport.is_closing()


async def test_who_asks_nothing_makes_room_for_one_more_than_may_be(
    servers: HlsServers, server: HlsServer, publisher: Publisher
) -> None:
    number, part = publisher.playlist("video").next_part
    waiting = await connect(servers)
    waiting[1].write(get(f"video.m3u8?_HLS_msn={number}&_HLS_part={part}"))
    await eventually(lambda: server.waiting_on("one") == 1)
    idle = [await connect(servers) for _ in range(99)]
    await eventually(lambda: server.connection_count == 100)
    late = await connect(servers)
    late[1].write(get("index.m3u8"))
    assert (await read_answer(late[0]))[0] == 200
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await idle[0][0].read() == b"", "the one that has been there for longest"
    publisher.run(0.4)
    assert (await read_answer(waiting[0]))[0] == 200
    assert server.connection_count == 100
    for _, each in [*idle, late, waiting]:
        each.close()


async def test_where_all_are_answered_one_more_is_closed(
    servers: HlsServers, server: HlsServer, publisher: Publisher
) -> None:
    number, part = publisher.playlist("video").next_part
    waiting = [await connect(servers) for _ in range(100)]
    for _, writer in waiting:
        writer.write(get(f"video.m3u8?_HLS_msn={number}&_HLS_part={part}"))
    await eventually(lambda: server.waiting_on("one") == 100)
    late = await connect(servers)
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await late[0].read() == b""
    assert server.waiting_on("one") == 100
    for _, each in [*waiting, late]:
        each.close()
