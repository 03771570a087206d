"""What one client can ask of a node before it is told off, and before it is cut off."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.exceptions import ConnectionError as RefusedByServer

from signaling.limits import TokenBucket
from tests.signaling.conftest import Node, Stream, World
from tests.support.slow_http import start_body
from tests.support.waiting import eventually


async def raw_session(session: aiohttp.ClientSession, node: Node) -> aiohttp.ClientWebSocketResponse:
    """An Engine.IO session that has not joined the namespace."""
    ws = await session.ws_connect(f"{node.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
    opening = await ws.receive_str()
    assert opening.startswith("0")
    return ws


async def is_cut(ws: aiohttp.ClientWebSocketResponse) -> bool:
    async with asyncio.timeout(10):
        while (await ws.receive()).type == aiohttp.WSMsgType.TEXT:
            pass
    return ws.closed


async def test_an_address_may_open_only_so_many_connections(world: World) -> None:
    node = await world.node(connections_per_address=2)
    first, _second = await world.client(node), await world.client(node)
    with pytest.raises(RefusedByServer):
        await world.client(node)
    await first.io.disconnect()
    await eventually(lambda: node.signaling.connection_count == 1)
    await world.client(node)


async def test_events_beyond_the_rate_are_refused_and_later_accepted(world: World) -> None:
    client = await world.client(await world.node(event_burst=5, events_per_s=20))
    answers = [await client.ask("lobby:watch") for _ in range(9)]
    assert [answer["success"] for answer in answers[:4]] == [True] * 4
    assert "RATE_LIMITED" in [answer["error"]["code"] for answer in answers if not answer["success"]]

    async def is_accepted_again() -> bool:
        await asyncio.sleep(0.1)
        return bool((await client.ask("lobby:watch"))["success"])

    await eventually(is_accepted_again)


async def test_a_flood_is_cut_off(world: World) -> None:
    node = await world.node(event_burst=10)
    async with aiohttp.ClientSession() as session:
        ws = await raw_session(session, node)
        await ws.send_str("40")
        for _ in range(50):
            await ws.send_str('42["lobby:watch"]')
        assert await is_cut(ws)
    await eventually(lambda: node.signaling.connection_count == 0)


async def test_a_connection_watches_only_so_many_streams(world: World) -> None:
    client = await world.client(await world.node(rooms_per_connection=2))
    streams = [world.streams.put(Stream()) for _ in range(3)]
    assert [(await client.watch(stream))["success"] for stream in streams] == [True, True, False]
    assert (await client.watch(streams[0]))["success"] is True
    await client.ask("stream:unwatch", {"streamId": str(streams[0].stream_id)})
    assert (await client.watch(streams[2]))["success"] is True


HOSTILE = {
    "above 16 KiB": '42["lobby:watch","' + "x" * 16_400 + '"]',
    "no Engine.IO packet": "what is this",
    "no Socket.IO packet": "4what is this",
    "unknown Socket.IO type": "49",
    "broken JSON": '42["lobby:watch"',
    "no event name": "42[]",
    "event is an object": "42{}",
    "event name is a list": "42[[1]]",
    "nested too deep": "42" + "[" * 16_000,
    "attachments announced": '45999999-["lobby:watch",{"_placeholder":true,"num":0}]',
    "binary acknowledgement announced": '463-["x"]',
    "connect error from a client": "44{}",
    "id too long": "42" + "9" * 200 + '["lobby:watch"]',
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_bytes_end_their_own_connection_only(
    world: World, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    node = await world.node()
    neighbour = await world.client(node)
    async with aiohttp.ClientSession() as session:
        ws = await raw_session(session, node)
        await ws.send_str("40")
        assert (await ws.receive_str()).startswith("40")
        await ws.send_str(message)
        assert await is_cut(ws)
    await eventually(lambda: node.signaling.connection_count == 1)
    assert (await neighbour.watch(world.streams.put(Stream())))["success"] is True
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    # A Socket.IO client that was refused, in whatever test before, leaves its aiohttp session to the collector.
    assert [error for error in errors if not error.startswith("Unclosed")] == []


async def test_a_body_that_never_arrives_is_given_up(world: World) -> None:
    node = await world.node(body_s=0.2)
    head = "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\nHost: localhost\nContent-Length: 900"
    assert (await start_body(int(node.url.rpartition(":")[2]), head)).startswith(b"HTTP/1.1 408 ")


async def test_binary_frames_end_their_connection(world: World) -> None:
    node = await world.node()
    async with aiohttp.ClientSession() as session:
        ws = await raw_session(session, node)
        await ws.send_str("40")
        await ws.send_bytes(b"\x00" * 100)
        assert await is_cut(ws)


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("GET", "", None),
        ("GET", "?EIO=3&transport=polling", None),
        ("GET", "?EIO=4&transport=carrier-pigeon", None),
        ("GET", "?EIO=4&transport=websocket&sid=unknown", None),
        ("POST", "?EIO=4&transport=polling&sid=unknown", "40"),
    ],
)
async def test_a_request_that_is_no_handshake_is_a_bad_request(
    world: World, method: str, query: str, body: str | None
) -> None:
    node = await world.node()
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{node.url}/socket.io/{query}", data=body) as response,
    ):
        assert response.status == 400


async def test_a_polling_client_that_posts_nonsense_is_ended(world: World) -> None:
    node = await world.node()
    async with aiohttp.ClientSession() as session:
        url = f"{node.url}/socket.io/?EIO=4&transport=polling"
        async with session.get(url) as response:
            sid = json.loads((await response.text())[1:])["sid"]
        with pytest.raises(aiohttp.ClientError):
            async with session.post(f"{url}&sid={sid}", data="4what is this") as response:
                response.raise_for_status()
    await eventually(lambda: node.signaling.connection_count == 0)


async def test_a_body_that_arrives_in_pieces_is_read_whole(world: World) -> None:
    node = await world.node()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"4"
        await asyncio.sleep(0.05)  # so that the pieces are sent apart
        yield b"0"

    async with aiohttp.ClientSession() as session:
        url = f"{node.url}/socket.io/?EIO=4&transport=polling"
        async with session.get(url) as response:
            url += f"&sid={json.loads((await response.text())[1:])['sid']}"
        async with session.post(url, data=pieces(), headers={"Content-Length": "2"}) as response:
            assert response.status == 200
        async with session.get(url) as response:
            assert (await response.text()).startswith("40"), "the session has joined the namespace"


@pytest.mark.parametrize("allowed", [None, ["https://app.example"]])
async def test_a_page_of_another_origin_is_refused(world: World, allowed: list[str] | None) -> None:
    node = await world.node(allowed_origins=allowed)
    async with aiohttp.ClientSession(headers={"Origin": "https://elsewhere.example"}) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await raw_session(session, node)
    assert refusal.value.status == 400


async def test_pages_of_allowed_origins_and_our_own_may_connect(world: World) -> None:
    node = await world.node(allowed_origins=["https://app.example"])
    for origin in ("https://app.example", node.url):
        async with aiohttp.ClientSession(headers={"Origin": origin}) as session:
            ws = await raw_session(session, node)
            await ws.close()


async def test_a_session_that_never_joins_is_cut(world: World) -> None:
    node = await world.node(handshake_s=0.1)
    async with aiohttp.ClientSession() as session:
        assert await is_cut(await raw_session(session, node))
    await eventually(lambda: node.signaling.connection_count == 0)


async def test_a_client_that_does_not_read_is_cut_and_holds_no_one_up(world: World) -> None:
    node = await world.node(queued_packets=20)
    stream = world.streams.put(Stream(ended_reason="x" * 60_000))
    async with aiohttp.ClientSession() as session:
        ws = await raw_session(session, node)
        await ws.send_str("40")
        await ws.send_str(f'42["stream:watch",{{"streamId":"{stream.stream_id}"}}]')
        transport = ws._conn.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.pause_reading()
        neighbour = await world.client(node)
        await neighbour.watch(stream)
        for _ in range(400):
            await node.signaling.stream_changed(stream)
            await asyncio.sleep(0)
        await eventually(lambda: len(neighbour.states) >= 400)
        await eventually(lambda: node.signaling.connection_count == 1)
        transport.abort()


@given(
    st.lists(st.floats(min_value=0, max_value=5, allow_nan=False), max_size=200),
    st.floats(min_value=0.1, max_value=100),
    st.integers(min_value=1, max_value=50),
)
def test_a_bucket_never_lets_more_through_than_burst_and_rate(gaps: list[float], rate: float, burst: int) -> None:
    bucket = TokenBucket(rate, burst, now=0.0)
    now = 0.0
    allowed = 0
    for gap in gaps:
        now += gap
        allowed += bucket.take(now=now)
        assert allowed <= burst + rate * now + 1e-6
