"""A real media worker on free ports of 127.0.0.1, and peers that publish to it and watch it."""

from __future__ import annotations

import asyncio
import errno
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal
from uuid import uuid4

import aiohttp
import redis.asyncio
from aiohttp import ClientResponse, ClientSession

from media_server.settings import WorkerSettings
from media_server.worker.worker import run_worker
from tests.support.fed_mix import FedMix, fed_mix
from tests.support.live_peers import Publisher, Viewer
from tests.support.media_tokens import TokenSigner
from tests.support.offers import OfferedMedia
from tests.support.waiting import PATIENCE_S, eventually
from tests.support.webrtc_client import WebRtcClient

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
_START_S = 60.0
_ATTEMPTS = 5


class KeptObjects:
    """Where a worker's recordings go: memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def put(self, key: str, content: bytes) -> None:
        self.contents[key] = content


class MediaWorker:
    """The worker as its clients see it. `close` of every peer made here is called at the end."""

    def __init__(
        self,
        http: ClientSession,
        signer: TokenSigner,
        settings: WorkerSettings,
        port: int,
        running: asyncio.Task[None],
        objects: KeptObjects,
    ) -> None:
        self.running = running
        self.objects = objects
        self.http = http
        self.signer = signer
        self.settings = settings
        host = "::1" if settings.media_host == "::1" else "127.0.0.1"
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.address = (host, port)
        self._peers: list[Publisher | Viewer] = []

    async def post(
        self, protocol: str, stream_id: str, offer: str | bytes, token: str, **headers: str
    ) -> ClientResponse:
        """POST an offer; the response's body has been read."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": SDP} | headers
        async with self.http.post(f"{self.url}/{protocol}/{stream_id}", data=offer, headers=headers) as response:
            await response.read()
            return response

    async def request(self, method: str, path: str, token: str = "", body: str = "", **headers: str) -> ClientResponse:
        """Any request; the response's body has been read."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.http.request(method, self.url + path, data=body or None, headers=headers) as response:
            await response.read()
            return response

    def feed(self, stream_id: str, *, generation: int = 1, **mix: Any) -> AbstractAsyncContextManager[FedMix]:
        """A mix that feeds the stream, connected, until it is left."""
        return fed_mix(f"{self.url}/feed/{stream_id}", self.signer.sign(stream_id, "feed", gen=generation), **mix)

    async def publish(
        self,
        stream_id: str,
        *,
        generation: int = 1,
        action: Literal["publish", "talk"] = "publish",
        user_id: str | None = None,
        media: OfferedMedia | None = None,
        client: WebRtcClient | None = None,
        **source: Any,
    ) -> Publisher:
        """A connected publisher that sends 30 frames a second until it is closed."""
        media = media or OfferedMedia("sendonly", video_ssrc=0x1111, video_rtx_ssrc=0x1112, audio_ssrc=0x2222)
        claims = {"sub": user_id} if user_id is not None else {}
        token = self.signer.sign(stream_id, action, gen=generation, **claims)
        client = client or WebRtcClient()
        publisher = Publisher(client, token, media, **source)
        self._peers.append(publisher)
        response = await self.post("whip", stream_id, client.offer(media), token)
        assert response.status == 201, await response.text()
        publisher.location, publisher.etag = response.headers["Location"], response.headers["ETag"]
        client.use_answer(await response.text())
        await client.connect()
        publisher.start()
        return publisher

    async def watch(
        self,
        stream_id: str,
        *,
        token: str | None = None,
        media: OfferedMedia | None = None,
        client: WebRtcClient | None = None,
        repairs: bool = True,
    ) -> Viewer:
        """A connected viewer."""
        token = token or self.signer.sign(stream_id, "watch")
        client = client or WebRtcClient()
        media = media or OfferedMedia("recvonly")
        response = await self.post("whep", stream_id, client.offer(media), token)
        assert response.status == 201, await response.text()
        client.use_answer(await response.text())
        viewer = Viewer(client, token, repairs=repairs)
        viewer.location, viewer.etag = response.headers["Location"], response.headers["ETag"]
        self._peers.append(viewer)
        await client.connect()
        viewer.start()
        return viewer

    async def snapshot(self) -> dict[str, Any]:
        """What the worker says of itself in Valkey; empty when it says nothing."""
        async with redis.asyncio.Redis.from_url(self.settings.redis_url) as valkey:
            text = await valkey.get(f"media:worker:{self.settings.worker_id}")
        return dict(json.loads(text)) if text else {}

    async def room(self, stream_id: str) -> dict[str, Any]:
        """The stream's room in the snapshot; empty when it is not there."""
        return dict((await self.snapshot()).get("rooms", {}).get(stream_id, {}))

    async def until_room(self, stream_id: str, state: str, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the control plane is told that the room is in `state`."""

        async def is_so() -> bool:
            return (await self.room(stream_id)).get("state") == state

        await eventually(is_so, timeout_s=timeout_s)

    async def until_leased(self) -> None:
        """Wait until the control plane knows of it, and it obeys commands."""

        async def is_leased() -> bool:
            return bool(await self.snapshot())

        await eventually(is_leased)

    async def command(self, **command: Any) -> None:
        """Tell the worker something as control_api does."""
        async with redis.asyncio.Redis.from_url(self.settings.redis_url) as valkey:
            await valkey.xadd(f"media:commands:{self.settings.worker_id}", {"json": json.dumps(command)})

    async def monitor(self, stream_id: str, **claims: Any) -> Viewer:
        """A connected DJ who hears the cue bus."""
        token = self.signer.sign(stream_id, "monitor", **claims)
        return await self.watch(stream_id, token=token, media=OfferedMedia("recvonly", video=()))

    def forget(self, peer: Publisher | Viewer) -> None:
        """`peer` is closed, and may be freed before the end."""
        self._peers.remove(peer)

    async def close_peers(self) -> None:
        await asyncio.gather(*(peer.close() for peer in self._peers))


@asynccontextmanager
async def media_worker(
    valkey_url: str, *, signer: TokenSigner | None = None, **settings: Any
) -> AsyncIterator[MediaWorker]:
    """A worker in this process, from ready to gone. Workers of one `signer` take the same tokens."""
    signer = signer or TokenSigner()
    values: dict[str, Any] = {
        "redis_url": valkey_url,
        "media_token_public_key": signer.public_key,
        "media_host": "127.0.0.1",
        "media_port": 0,
        "media_ice_tcp_port": 0,
        "media_advertised_ips": "127.0.0.1",
        "rtmp_host": "127.0.0.1",
        "rtmp_port": 0,
        "internal_token": "known to the tests",
        "targets_secret": "A" * 43,
        "targets_allow_private": True,
        "worker_id": f"worker-{uuid4().hex[:8]}",
        "joins_per_address_per_s": 1000,
        "joins_per_address_burst": 1000,
        "node_env": "test",
    }
    objects = KeptObjects()
    with tempfile.TemporaryDirectory() as spool:
        told = WorkerSettings(**{"media_spool_dir": spool} | values | settings)
        running, port = await _start(told, objects)
        async with ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
            worker = MediaWorker(http, signer, told, port, running, objects)
            try:
                yield worker
            finally:
                await worker.close_peers()
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error


async def _start(settings: WorkerSettings, objects: KeptObjects) -> tuple[asyncio.Task[None], int]:
    """The kernel picks the UDP port; the same TCP port may be taken, then another is tried."""
    for _ in range(_ATTEMPTS):
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(run_worker(settings, objects, on_ready=ready.set_result))
        waiting: set[asyncio.Future[Any]] = {running, ready}
        await asyncio.wait(waiting, timeout=_START_S, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            return running, ready.result()
        error = running.exception() if running.done() else TimeoutError("the worker did not start")
        if not isinstance(error, OSError) or error.errno != errno.EADDRINUSE:
            raise error or RuntimeError("the worker ended before it was ready")
    raise OSError(errno.EADDRINUSE, "no port is free for both TCP and UDP")
