"""Two media workers as programs, and the control plane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from deploy.standalone.plan import answers
from tests.control_api.streams.test_publishing import media_key
from tests.control_api.support.api import (
    INTERNAL_TOKEN,
    TARGETS_SECRET,
    Announcements,
    Api,
    api_settings,
    running_api,
)
from tests.support.live_peers import Publisher, Viewer
from tests.support.offers import OfferedMedia
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

CAMERA = OfferedMedia("sendonly", video_ssrc=0x1111, video_rtx_ssrc=0x1112, audio_ssrc=0x2222)
CEILING_S = 20.0
"""For a machine that does other things too; what is promised, five seconds, is a figure that is printed."""


@dataclass
class Stage:
    """The API, two workers by id, and what was announced."""

    api: Api
    http: ClientSession
    workers: dict[str, Program]
    ports: Mapping[str, int]
    rtmp_port: int
    announcements: Announcements

    def other(self, worker_id: str) -> str:
        return next(each for each in self.workers if each != worker_id)

    async def open(self, url: str, token: str, media: OfferedMedia) -> tuple[WebRtcClient, int]:
        """A connected client and 201, or the status of a refusal."""
        client = WebRtcClient()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        async with self.http.post(url, data=client.offer(media), headers=headers) as response:
            answer = await response.text()
            if response.status == 201:
                client.use_answer(answer)
                await client.connect()
            return client, response.status

    async def publish(self, grant: dict[str, str], *, first_frame: int = 0) -> Publisher:
        client, status = await self.open(grant["whipUrl"], grant["token"], CAMERA)
        assert status == 201
        publisher = Publisher(client, grant["token"], CAMERA, first_frame=first_frame)
        publisher.start()
        return publisher

    async def join(self, stream_id: str) -> tuple[dict[str, str], Viewer]:
        """Watch as the page does: join, and ask again while there is nothing yet."""
        joined: list[tuple[dict[str, str], Viewer]] = []

        async def is_in() -> bool:
            watch = (await self.api.post(f"/stream/{stream_id}/join")).data["watch"]
            client, status = await self.open(watch["whepUrl"], watch["token"], OfferedMedia("recvonly"))
            if status == 201:
                joined.append((watch, Viewer(client, watch["token"])))
                return True
            assert status in (404, 503)
            await client.close()
            return False

        await eventually(is_in, timeout_s=CEILING_S, every_s=0.25)
        joined[0][1].start()
        return joined[0]


@asynccontextmanager
async def two_workers(database_url: str, valkey_url: str, folder: Path) -> AsyncIterator[Stage]:
    """From ready to gone; encoders reach both at one port."""
    announcements = Announcements()
    ports = {worker_id: free_port(udp_too=True) for worker_id in ("media-1", "media-2")}
    rtmp_port = free_port()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(
            running_api(api_settings(database_url, valkey_url), announce=announcements)
        )
        http = await stack.enter_async_context(ClientSession())
        programs = stack.enter_context(ExitStack())
        workers: dict[str, Program] = {}
        for worker_id, port in ports.items():
            environment = {
                "REDIS_URL": valkey_url,
                "MEDIA_TOKEN_PUBLIC_KEY": media_key(),
                "INTERNAL_TOKEN": INTERNAL_TOKEN,
                "TARGETS_SECRET": TARGETS_SECRET,
                "CONTROL_INTERNAL_URL": api.base_url,
                "WORKER_ID": worker_id,
                "MEDIA_HOST": "127.0.0.1",
                "MEDIA_PORT": str(port),
                "MEDIA_ICE_TCP_PORT": "0",
                "MEDIA_DRAIN_S": "30",
                "RTMP_HOST": "127.0.0.1",
                "RTMP_PORT": str(rtmp_port),
                "OBJECTS_URL": "memory:///",
                "MEDIA_SPOOL_DIR": str(folder / "spool"),
            }
            run = running("deploy.processes.media_worker", environment, folder / f"{worker_id}.log")
            workers[worker_id] = programs.enter_context(run)
        for port in ports.values():
            await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=60)
        yield Stage(api, http, workers, ports, rtmp_port, announcements)
        for program in workers.values():
            # Told to end they would wait for whoever is still there.
            program.process.kill()


async def ended(program: Program) -> int:
    """The exit status of a program that ends by itself."""
    await eventually(lambda: program.process.poll() is not None, timeout_s=CEILING_S)
    return int(program.process.wait())
