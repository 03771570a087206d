"""Floods against a worker in a process of its own: what it holds is bounded, and who watches misses nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from deploy.standalone.valkey import EmbeddedValkey
from media_server.http.connections import raise_file_limit
from media_server.rtp.rtcp import Fir, Nack, Pli, Remb, RtcpPacket, TransportFeedback
from tests.media_server.hostile.process import WorkerProcess, somebody_who_misses_nothing, worker_process
from tests.support.media_worker import FRAGMENT, MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

RECEIVE = OfferedMedia("recvonly")
AT_ONCE = 16
SLACK_BYTES = 8 << 20
"""What an allocator may keep beside what is held."""
KEYFRAME_EVERY_S = 1.0
"""No publisher is asked for key frames more often, however many ask for them (ARCHITECTURE.md)."""
PER_JOIN_BYTES = 100_000
PER_CONNECTION_BYTES = 64 << 10


@pytest.fixture(scope="module")
def process(valkey_of_this_worker: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    # The thousands of the soak are sockets of this process too.
    raise_file_limit()
    with worker_process(valkey_of_this_worker.url, tmp_path_factory.mktemp("worker")) as started:
        yield started


@pytest.fixture
async def worker(process: WorkerProcess) -> AsyncIterator[MediaWorker]:
    """It has forgotten those who came in the test before and never connected."""
    async with process.clients() as seen:
        client = WebRtcClient()
        offer = client.offer(RECEIVE)
        await client.close()

        async def has_room() -> bool:
            return (await seen.post("whep", "nobody", offer, seen.signer.sign("nobody", "watch"))).status == 404

        await eventually(has_room, timeout_s=30, every_s=0.5)
        yield seen


async def flood(number: int, one: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    """`one` that many times, AT_ONCE at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def let_in(index: int) -> None:
        async with gate:
            await one(index)

    await asyncio.gather(*(let_in(index) for index in range(number)))


@pytest.mark.parametrize("joins", [200, pytest.param(3_000, marks=pytest.mark.soak)])
async def test_who_joins_and_never_connects(process: WorkerProcess, worker: MediaWorker, joins: int) -> None:
    stream = f"joins-{joins}"
    client = WebRtcClient()
    offer = client.offer(RECEIVE)
    async with somebody_who_misses_nothing(worker, stream):
        before = process.held

        async def join(_: int) -> None:
            response = await worker.post("whep", stream, offer, worker.signer.sign(stream, "watch"))
            assert response.status in (201, 429, 503)

        await flood(joins, join)
        after = process.held
        assert after.resident_bytes - before.resident_bytes < joins * PER_JOIN_BYTES + SLACK_BYTES
        assert after.threads <= before.threads + 1
    await client.close()


@pytest.mark.parametrize("halves", [100, pytest.param(1_000, marks=pytest.mark.soak)])
async def test_handshakes_that_nobody_goes_on_with(process: WorkerProcess, worker: MediaWorker, halves: int) -> None:
    stream = f"halves-{halves}"
    clients: list[WebRtcClient] = []
    async with somebody_who_misses_nothing(worker, stream):
        before = process.held

        async def begin(_: int) -> None:
            client = WebRtcClient()
            clients.append(client)
            response = await worker.post("whep", stream, client.offer(RECEIVE), worker.signer.sign(stream, "watch"))
            if response.status != 201:
                assert response.status in (429, 503)
                return
            client.use_answer(await response.text())
            client.check()
            assert client.dtls is not None
            for datagram in client.dtls.advance():
                client.transmit(datagram)

        await flood(halves, begin)
        after = process.held
        assert after.resident_bytes - before.resident_bytes < halves * 2 * PER_JOIN_BYTES + SLACK_BYTES
        assert after.descriptors <= before.descriptors + 2 * AT_ONCE
    for client in clients:
        await client.close()


@pytest.mark.parametrize("restarts", [400, pytest.param(10_000, marks=pytest.mark.soak)])
async def test_a_storm_of_restarts_of_ones_own_session(
    process: WorkerProcess, worker: MediaWorker, restarts: int
) -> None:
    stream = f"restarts-{restarts}"
    async with somebody_who_misses_nothing(worker, stream):
        stormy = await worker.watch(stream)
        before = process.held

        async def restart(index: int) -> None:
            body = f"a=ice-ufrag:u{index:07}\r\na=ice-pwd:{'p' * 24}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
            headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
            response = await worker.request("PATCH", stormy.location, stormy.token, body, **headers)
            # Its own checks name what no longer holds, so a storm of some seconds ends it.
            assert response.status in (200, 404, 429)

        await flood(restarts, restart)
        assert process.held.resident_bytes - before.resident_bytes < SLACK_BYTES


@pytest.mark.parametrize("slow", [300, pytest.param(2_000, marks=pytest.mark.soak)])
async def test_requests_that_are_never_finished(process: WorkerProcess, worker: MediaWorker, slow: int) -> None:
    stream = f"slow-{slow}"
    head = b"POST /whip/s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sdp\r\n"
    async with somebody_who_misses_nothing(worker, stream):
        before = process.held
        connections: list[socket.socket] = []

        async def begin(number: int) -> None:
            connection = socket.socket()
            connections.append(connection)
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, worker.address)
            # Of some the head never ends, of others the body.
            token = worker.signer.sign("s", "publish")
            rest = f"Authorization: Bearer {token}\r\nContent-Length: 9000\r\n\r\nv=0".encode()
            connection.send(head + (rest if number % 2 else b"X-A: " + b"a" * 4_000))

        try:
            await flood(slow, begin)
            await eventually(lambda: process.held.descriptors >= before.descriptors + slow)
            assert (await worker.request("GET", "/health")).status == 200
            assert (await worker.watch(stream)).client.is_connected
            held = process.held.resident_bytes - before.resident_bytes
            assert held < slow * PER_CONNECTION_BYTES + SLACK_BYTES
        finally:
            for connection in connections:
                connection.close()
        await eventually(lambda: process.held.descriptors <= before.descriptors + AT_ONCE)


async def test_nonsense_by_the_hundred_fills_no_log(process: WorkerProcess, worker: MediaWorker) -> None:
    async with somebody_who_misses_nothing(worker, "nonsense"):
        for _ in range(200):
            with socket.create_connection(worker.address, 5) as connection:
                connection.sendall(b"\x16\x03\x01\x02\x00 NONSENSE\r\n\r\n")
                connection.settimeout(5)
                assert connection.recv(100).startswith(b"HTTP/1.0 400")
        await worker.publish("after-the-nonsense")
        # What was logged before may take a while to be read.
        await eventually(lambda: "stream_id=after-the-nonsense" in process.program.output)
        _, _, since = process.program.output.partition("stream_id=nonsense")
        meanwhile, _, _ = since.partition("stream_id=after-the-nonsense")
        assert len(meanwhile) < 2_000


def costly_feedback(ssrc: int) -> list[list[RtcpPacket]]:
    """Compound packets that ask for as much work as they can."""
    return [
        [Nack(1, ssrc, tuple(range(0, 300 * 64, 64)))],
        [Nack(1, ssrc, tuple(range(1_000)))],
        [Pli(1, ssrc)] * 60,
        [Fir(1, tuple((ssrc, number) for number in range(100)))],
        [TransportFeedback.of(1, ssrc, 0, 0, 0, [None] * 8_000)] * 40,
        [Remb(1, 1, (ssrc,))] * 50,
    ]


async def test_a_viewer_that_floods_its_feedback_is_its_own_loss(process: WorkerProcess, worker: MediaWorker) -> None:
    async with somebody_who_misses_nothing(worker, "feedback") as watched:
        hostile = await worker.watch("feedback", repairs=False)
        await eventually(lambda: hostile.video != [])
        feedback = costly_feedback(hostile.video_ssrc)
        before, asked = process.held, watched.publisher.keyframe_requests
        began = asyncio.get_running_loop().time()
        for _ in range(40):
            for compound in feedback:
                hostile.client.send_rtcp(*compound)
            await asyncio.sleep(0)
        frames = len(watched.viewer.whole_frames)
        await eventually(lambda: len(watched.viewer.whole_frames) > frames + 30)
        took_s = asyncio.get_running_loop().time() - began
        assert watched.publisher.keyframe_requests - asked <= 2 + took_s / KEYFRAME_EVERY_S
        assert process.held.resident_bytes - before.resident_bytes < SLACK_BYTES
