"""Our media worker, as it runs in production, with a control plane that lets everybody publish."""

from __future__ import annotations

import asyncio
import http.client
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import psutil
from aiohttp import web

from deploy.standalone.valkey import EmbeddedValkey
from tests.support.media_tokens import TokenSigner
from tests.support.ports import free_port
from tests.support.waiting import wait_until

START_S: Final = 60.0


class OurWorker:
    """RTMP in, LL-HLS and WebRTC out."""

    name = "NRS Live"

    def __init__(self, folder: Path, *, hls_processes: int = 0, part_s: float | None = None) -> None:
        """With `hls_processes`, requests for HLS go to those; parts are `part_s` long where that is given."""
        self._signer = TokenSigner()
        self._valkey = EmbeddedValkey(folder / "valkey")
        self._valkey.start()
        self.valkey_url = self._valkey.url
        self._door = _OpenDoor()
        self.port, rtmp = free_port(udp_too=True), free_port()
        self.rtmp_url = f"rtmp://127.0.0.1:{rtmp}/live"
        self.hls_port = free_port() if hls_processes else self.port
        self.http_url = f"http://127.0.0.1:{self.hls_port}"
        settings = {
            "REDIS_URL": self._valkey.url,
            "MEDIA_TOKEN_PUBLIC_KEY": self._signer.public_key,
            "MEDIA_HOST": "127.0.0.1",
            "MEDIA_PORT": str(self.port),
            "MEDIA_ADVERTISED_IPS": "127.0.0.1",
            "MEDIA_SPOOL_DIR": str(folder / "spool"),
            "OBJECTS_URL": (folder / "objects").as_uri(),
            "HLS_PROCESSES": str(hls_processes),
            "HLS_PORT": str(self.hls_port),
            "RTMP_HOST": "127.0.0.1",
            "RTMP_PORT": str(rtmp),
            "MEDIA_ICE_TCP_PORT": "0",
            "CONTROL_INTERNAL_URL": self._door.url,
            "INTERNAL_TOKEN": secrets.token_hex(16),
            "TARGETS_SECRET": "A" * 43,
        }
        if part_s is not None:
            settings["HLS_PART_S"] = str(part_s)
        self._log = folder / "worker.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.processes.media_worker"],
                env=os.environ | settings,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_up, timeout_s=START_S)

    @property
    def pids(self) -> list[int]:
        """The worker and what it started."""
        process = psutil.Process(self._process.pid)
        return [process.pid, *(child.pid for child in process.children(recursive=True))]

    def push_url(self, number: int) -> str:
        """Where a stream goes to."""
        return f"{self.rtmp_url}/key-{number}"

    def stream_id(self, number: int) -> str:
        """The stream of a key."""
        return stream_of(f"key-{number}")

    def hls_path(self, number: int, name: str = "index.m3u8") -> str:
        """With a token that lets it be watched."""
        return f"/hls/{self.stream_id(number)}/{name}?token={self.watch_token(number)}"

    def watch_token(self, number: int) -> str:
        """Of another viewer each time."""
        return self._signer.sign(self.stream_id(number), "watch")

    def until_playable(self, number: int) -> None:
        """Wait for the first segments."""
        wait_until(lambda: self.get(self.hls_path(number))[0] == 200, timeout_s=30)

    def get(self, path: str) -> tuple[int, bytes]:
        """One GET, from where HLS is served."""
        return self._get(path, self.hls_port)

    def _get(self, path: str, port: int) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._door.close()
        self._valkey.kill()

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the worker did not start: {self._log.read_text(errors='replace')[-2000:]}")
        try:
            return self._get("/health", self.port)[0] == 200 and self.get("/hls/")[0] in (401, 404)
        except OSError:
            return False


def stream_of(key: str) -> str:
    """The stream that the open door gives a key."""
    return str(uuid5(NAMESPACE_URL, key))


class _OpenDoor:
    """`POST /internal/ingest`, in a thread: every key has a stream of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._generation = 0
        port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.url = f"http://127.0.0.1:{port}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _start(self) -> int:
        app = web.Application()
        app.add_routes([web.post("/internal/ingest", self._admit)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return int(self._runner.addresses[0][1])

    async def _admit(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._generation += 1
        data = {
            "streamId": stream_of(body["key"]),
            "userId": stream_of("user"),
            "generation": self._generation,
            "takeOver": True,
        }
        return web.json_response(data)
