"""Two media workers as programs, and the control plane: what becomes of a stream when the one it is at goes."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession

from deploy.standalone.plan import answers
from tests.control_api.streams.test_publishing import media_key
from tests.control_api.support.api import (
    INTERNAL_TOKEN,
    TARGETS_SECRET,
    Account,
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


@pytest.fixture
def media_ports() -> dict[str, int]:
    return {worker_id: free_port(udp_too=True) for worker_id in ("media-1", "media-2")}


@pytest.fixture
async def stage(
    database_url: str, valkey_url: str, media_ports: dict[str, int], tmp_path: Path
) -> AsyncIterator[Stage]:
    announcements = Announcements()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(
            running_api(api_settings(database_url, valkey_url), announce=announcements)
        )
        http = await stack.enter_async_context(ClientSession())
        programs = stack.enter_context(ExitStack())
        workers: dict[str, Program] = {}
        for worker_id, port in media_ports.items():
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
                "RTMP_PORT": "0",
                "OBJECTS_URL": "memory:///",
                "MEDIA_SPOOL_DIR": str(tmp_path / "spool"),
            }
            run = running("deploy.processes.media_worker", environment, tmp_path / f"{worker_id}.log")
            workers[worker_id] = programs.enter_context(run)
        for port in media_ports.values():
            await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=60)
        yield Stage(api, http, workers, announcements)


async def begin(stage: Stage, creator: Account) -> tuple[str, str, Publisher]:
    """A live stream: its id, its worker and its publisher."""
    started = (await stage.api.post("/dj/start-stream", {"title": "Late set"}, by=creator)).data
    stream_id: str = started["stream"]["id"]
    publisher = await stage.publish(started["publish"])
    await eventually(lambda: any(state.media_state.value == "live" for state in stage.announcements.states))
    return stream_id, started["publish"]["workerId"], publisher


async def plays(viewer: Viewer) -> None:
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 5 and bool(viewer.audio), timeout_s=CEILING_S)


async def test_a_worker_is_killed_and_its_publisher_and_viewers_are_live_again_at_another(
    stage: Stage, media_ports: dict[str, int]
) -> None:
    anna = await stage.api.account("dj")
    stream_id, home, publisher = await begin(stage, anna)
    other = stage.other(home)
    watch, viewer = await stage.join(stream_id)
    assert watch["workerId"] == watch["originId"] == home
    # One is at the other worker already, as if this one were busy.
    edge_url = f"http://127.0.0.1:{media_ports[other]}/whep/{stream_id}"
    client, status = await stage.open(edge_url, watch["token"], OfferedMedia("recvonly"))
    assert status == 201
    at_edge = Viewer(client, watch["token"])
    await plays(viewer)
    await plays(at_edge)
    assert publisher.video is not None

    stage.workers[home].process.kill()
    killed_at = time.monotonic()
    await publisher.close()
    await viewer.close()
    await eventually(lambda: (stream_id, home) in stage.announcements.moves, timeout_s=CEILING_S)
    told_at = time.monotonic()
    grant = (await stage.api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
    assert grant["workerId"] == other
    again = await stage.publish(grant, first_frame=publisher.video.frames)
    watch, viewer = await stage.join(stream_id)
    assert watch["workerId"] == other
    await plays(viewer)
    live_at = time.monotonic()
    # Who was at the other worker was never sent away, and sees it go on.
    await plays(at_edge)
    assert not at_edge.client.is_closed_by_server

    async def is_live() -> bool:
        stream = (await stage.api.get(f"/stream/{stream_id}")).data["stream"]
        return bool(stream["mediaState"] == "live")

    await eventually(is_live)
    print(f"told after {told_at - killed_at:.2f} s, live again after {live_at - killed_at:.2f} s")
    for peer in (again, viewer, at_edge):
        await peer.close()


async def test_a_worker_that_is_told_to_end_lets_everybody_go_elsewhere_first(stage: Stage) -> None:
    anna = await stage.api.account("dj")
    stream_id, home, publisher = await begin(stage, anna)
    other = stage.other(home)
    _, viewer = await stage.join(stream_id)
    await plays(viewer)
    assert publisher.video is not None

    stage.workers[home].process.send_signal(signal.SIGTERM)
    await eventually(lambda: (stream_id, home) in stage.announcements.moves, timeout_s=CEILING_S)
    watch, moved = await stage.join(stream_id)
    assert watch["workerId"] == other
    # The stream is pulled from the worker that leaves while its publisher is there.
    await plays(moved)
    await viewer.close()
    grant = (await stage.api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
    assert grant["workerId"] == other
    again = await stage.publish(grant, first_frame=publisher.video.frames)
    assert await ended(stage.workers[home]) == 0
    await plays(moved)
    assert not moved.client.is_closed_by_server
    assert "interrupted" not in [state.media_state.value for state in stage.announcements.states]
    for peer in (publisher, again, moved):
        await peer.close()


async def ended(program: Program) -> int:
    """The exit status of a program that ends by itself."""
    await eventually(lambda: program.process.poll() is not None, timeout_s=CEILING_S)
    return int(program.process.wait())
