"""Processes that serve LL-HLS: started, killed, told; their worker killed."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest
import redis.asyncio
from aiohttp import ClientSession

from media_server.hls_servers.blocks import SharedBlocks
from media_server.hls_servers.servers import HlsServers
from media_server.hls_servers.wire import Place
from tests.media_server.egress.hls.simulation import Publisher
from tests.media_server.hls_servers.stage import ServedRoom, make_servers, one_here, running
from tests.support import processes
from tests.support.media_tokens import TokenSigner
from tests.support.media_worker import media_worker
from tests.support.ports import free_port
from tests.support.rtp_source import H264Source
from tests.support.waiting import eventually, wait_until

SIGNER = TokenSigner()


@pytest.fixture
def room() -> ServedRoom:
    """A stream that has run for some seconds."""
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(4.2)
    return ServedRoom("one", publisher.egress)


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


async def fetch(http: ClientSession, servers: HlsServers, name: str, token: str) -> tuple[int, str]:
    """A connection for each: the kernel gives it to whichever process it likes."""
    address = f"http://127.0.0.1:{servers.port}/hls/one/{name}"
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    async with http.get(address, headers=headers) as response:
        return response.status, await response.text(errors="replace")


async def test_processes_that_are_killed_are_started_again_and_told_everything(
    room: ServedRoom, http: ClientSession
) -> None:
    servers = make_servers(SIGNER, processes=2)
    servers.open(room)
    token = SIGNER.sign("one", "watch")
    playlist = room.hls.playlist("video")
    assert playlist is not None
    text = room.hls.media_playlist(playlist, skip=False).replace("\0", "")
    async with running(servers):
        before: set[int] = set()
        for _ in range(2):
            await eventually(lambda: servers.listening == 2, timeout_s=30)
            assert before.isdisjoint(servers.pids)
            before = set(servers.pids)
            for _ in range(8):
                assert await fetch(http, servers, "video.m3u8", token) == (200, text)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            await eventually(lambda: servers.port is None, timeout_s=30)


async def test_who_watches_is_told_to_the_worker_and_who_was_told_to_go_is_refused(
    room: ServedRoom, http: ClientSession
) -> None:
    servers = make_servers(SIGNER, processes=1)
    servers.open(room)
    token = SIGNER.sign("one", "watch", sub="viewer")
    async with one_here(servers), running(servers):
        assert (await fetch(http, servers, "index.m3u8", token))[0] == 200
        await eventually(lambda: "viewer" in room.seen, timeout_s=2)
        room.sent_away.append("viewer")

        async def is_refused() -> bool:
            status, text = await fetch(http, servers, "index.m3u8", token)
            return status == 403 and json.loads(text)["error"]["code"] == "VIEWER_DROPPED"

        await eventually(is_refused, timeout_s=2)


async def test_a_stream_that_is_forgotten_is_gone_and_who_waited_for_it_is_told(
    room: ServedRoom, http: ClientSession
) -> None:
    servers = make_servers(SIGNER, processes=1)
    servers.open(room)
    token = SIGNER.sign("one", "watch")
    playlist = room.hls.playlist("video")
    assert playlist is not None
    number, part = playlist.next_part
    async with one_here(servers) as server:
        path = f"video.m3u8?_HLS_msn={number}&_HLS_part={part}"
        waiting = asyncio.create_task(fetch(http, servers, path, token))
        await eventually(lambda: server.waiting_on("one") == 1)
        servers.close("one")
        assert (await waiting)[0] == 503
        status, text = await fetch(http, servers, "video.m3u8", token)
        assert (status, json.loads(text)["error"]["code"]) == (404, "STREAM_NOT_LIVE")


async def test_where_memory_was_wanting_all_is_told_anew(http: ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(3.2)
    servers = make_servers(SIGNER, processes=1)
    servers.open(ServedRoom("one", publisher.egress))
    token = SIGNER.sign("one", "watch")

    async def is_told() -> None:
        playlist = publisher.playlist("video")
        text = publisher.egress.media_playlist(playlist, skip=False).replace("\0", "")
        assert await fetch(http, servers, "video.m3u8", token) == (200, text)
        last = playlist.last_part
        assert last is not None
        assert (await fetch(http, servers, publisher.egress.names.part("video", *last), ""))[0] == 200

    async with one_here(servers, stop=False):
        await is_told()
        with monkeypatch.context() as without_memory:
            without_memory.setattr(SharedBlocks, "put", no_memory)
            publisher.run(1.3)
            await eventually(lambda: servers.port is None)
    async with one_here(servers):
        await is_told()
        publisher.run(1.3)
        await asyncio.sleep(0)
        await is_told()


def no_memory(blocks: SharedBlocks, data: bytes) -> Place:
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


async def test_what_is_not_there_is_refused_as_the_worker_refuses_it(valkey_url: str, http: ClientSession) -> None:
    """Of a real worker: what is asked of its own port and of its processes' is answered alike."""
    async with (
        media_worker(valkey_url, hls_processes=1, cors_origin=("https://page.example",)) as worker,
        redis.asyncio.Redis.from_url(valkey_url) as valkey,
    ):
        wanted = {"stream_id": "one", "revision": 1, "creator_id": "c", "rewind_s": 600}
        await valkey.set("media:spec:one", json.dumps(wanted))
        await worker.publish("one")
        viewer = worker.signer.sign("one", "watch")

        async def answer(
            port: int, method: str, path: str, headers: dict[str, str]
        ) -> tuple[int, dict[str, str], bytes]:
            async with http.request(method, f"http://127.0.0.1:{port}{path}", headers=headers) as response:
                kept = {name: value for name, value in response.headers.items() if name not in ("Date", "Server")}
                return response.status, kept, await response.read()

        async def rewinds() -> bool:
            status, _, body = await answer(worker.address[1], "GET", f"/hls/one/rewind-video.m3u8?token={viewer}", {})
            return status == 200 and body.count(b"#EXTINF") >= 1

        async def port() -> int | None:
            said = (await worker.snapshot()).get("hls_port")
            return int(said) if said is not None else None

        await eventually(rewinds, timeout_s=30)

        async def serves() -> bool:
            return await port() is not None

        await eventually(serves, timeout_s=30)
        hls_port = await port()
        assert hls_port is not None
        _, _, listed = await answer(worker.address[1], "GET", f"/hls/one/rewind-video.m3u8?token={viewer}", {})
        kept = next(line for line in listed.decode().splitlines() if line.endswith(".m4s"))
        good = {"Authorization": f"Bearer {viewer}"}
        page, other = {"Origin": "https://page.example"}, {"Origin": "https://other.example"}
        elsewhere = {"Authorization": f"Bearer {worker.signer.sign('two', 'watch')}"}
        questions = [
            ("GET", "/hls/one/index.m3u8", {}),
            ("GET", "/hls/one/index.m3u8", elsewhere),
            ("GET", "/hls/one/index.m3u8", {"Authorization": "Bearer nonsense"} | page),
            ("GET", "/hls/one/index.m3u8", {"Authorization": f"Bearer {worker.signer.sign('one', 'publish')}"}),
            ("GET", "/hls/one/index.m3u8", {"Authorization": f"Bearer {worker.signer.sign('one', 'watch', exp=1)}"}),
            ("GET", "/hls/two/index.m3u8", elsewhere | other),
            ("GET", "/hls/one/nothing", good),
            ("GET", "/hls/one/nothing.m3u8", good | page),
            ("GET", "/hls/one/video.m3u8?_HLS_msn=x", good),
            ("GET", "/hls/one/video.m3u8?_HLS_msn=1", good),
            ("GET", "/hls/one/video.m3u8?_HLS_msn=99999999999", good),
            ("GET", f"/hls/one/{kept.partition('/')[2]}", {}),
            ("GET", f"/hls/one/{kept}", {}),
            ("HEAD", f"/hls/one/{kept}", page),
            ("GET", "/hls/one/rewind/nothing-1-AAAAAAAAAAAA.m4s", {}),
            ("GET", "/hls/one/rewind.m3u8", {}),
            ("GET", f"/hls/one/rewind.m3u8?token={viewer}", {"Accept-Encoding": "gzip"}),
            ("HEAD", "/hls/one/index.m3u8", good),
            ("OPTIONS", "/hls/one/index.m3u8", page),
            ("POST", "/hls/one/index.m3u8", good),
            ("GET", "/hls/one", good),
            ("GET", "/elsewhere", {}),
        ]
        for question in questions:
            by_worker, by_process = await answer(worker.address[1], *question), await answer(hls_port, *question)
            assert by_process == by_worker, question


def test_processes_end_with_the_worker_that_is_killed(valkey_url: str, tmp_path: Path) -> None:
    port = free_port(udp_too=True)
    environment = {
        "REDIS_URL": valkey_url,
        "MEDIA_TOKEN_PUBLIC_KEY": SIGNER.public_key,
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_PORT": str(port),
        "MEDIA_ICE_TCP_PORT": "0",
        "RTMP_PORT": "0",
        "HLS_PROCESSES": "2",
        "INTERNAL_TOKEN": "t" * 32,
        "TARGETS_SECRET": "A" * 43,
        "OBJECTS_URL": "memory:///",
        "MEDIA_SPOOL_DIR": str(tmp_path / "spool"),
    }
    with processes.running("deploy.processes.media_worker", environment, tmp_path / "log") as worker:
        ours = psutil.Process(worker.process.pid)
        wait_until(lambda: worker.output.count("a process serves LL-HLS") == 2, timeout_s=40)
        children = [child for child in ours.children() if "media_server.hls_servers.process" in child.cmdline()]
        assert len(children) == 2
        worker.process.kill()
        worker.process.wait()
        wait_until(lambda: all(processes.is_gone(child) for child in children), timeout_s=10)
