"""An hour of viewers who come and go over a bad network, by every way out there is: nothing is left of them.

`SFU_SOAK_S` shortens it. For a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Final

import pytest

from deploy.standalone.valkey import EmbeddedValkey
from tests.media_server.hostile.process import Held, WorkerProcess, worker_process
from tests.support.live_peers import Publisher, Viewer
from tests.support.lossy_link import LossyLink
from tests.support.media_worker import FRAGMENT, MediaWorker
from tests.support.offers import OfferedMedia, attribute
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

DURATION_S: Final = float(os.environ.get("SFU_SOAK_S", "3600"))
WARM_S: Final = min(600.0, DURATION_S / 3)
COMMOTION_S: Final = min(60.0, DURATION_S / 10)
"""Between two counts of what the worker holds, each when everybody but the publisher has gone."""
GONE_S: Final = 60.0
VIEWERS_AT_ONCE: Final = 8
STAY_S: Final = (2.0, 12.0)
NEVER_CONNECTS: Final = 0.1
MAX_SESSIONS: Final = 64
"""Sessions that leaked would fill the worker long before the hour is over."""
MAX_GROWTH_BYTES: Final = 16 << 20
STREAM: Final = "s"
VIDEO: Final = OfferedMedia("sendonly", video=("VP8",), video_ssrc=0x1111, video_rtx_ssrc=0x1112, audio_ssrc=0x2222)
WATCH: Final = OfferedMedia("recvonly", video=("VP8",))


def bad_network(rng: random.Random) -> LossyLink:
    return LossyLink(seed=rng.randrange(1 << 30), loss=0.02, duplicate=0.01, reorder=0.02, delay_s=0.01)


class Crowd:
    """Viewers who come, restart, roam and go, as `rng` has it."""

    def __init__(self, worker: MediaWorker, rng: random.Random) -> None:
        self._worker = worker
        self._rng = rng
        self.came = self.saw = self.frames = self.restarts = 0
        self.ends = dict.fromkeys(("delete", "goodbye", "vanish", "never"), 0)

    async def until(self, deadline: float) -> None:
        """Keep as many here as there is room for, one after the other in each place."""
        async with asyncio.TaskGroup() as places:
            for _ in range(VIEWERS_AT_ONCE):
                places.create_task(self._place(deadline))

    async def _place(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            self.came += 1
            if self._rng.random() < NEVER_CONNECTS:
                await self._never()
            else:
                await self._visit()

    async def _never(self) -> None:
        client = WebRtcClient()
        token = self._worker.signer.sign(STREAM, "watch")
        assert (await self._worker.post("whep", STREAM, client.offer(WATCH), token)).status in (201, 429, 503)
        self.ends["never"] += 1
        await client.close()
        await asyncio.sleep(1.0)

    async def _visit(self) -> None:
        client = WebRtcClient()
        client.uplink, client.downlink = bad_network(self._rng), bad_network(self._rng)
        viewer = await self._worker.watch(STREAM, media=WATCH, client=client)
        stay_s = self._rng.uniform(*STAY_S)
        await asyncio.sleep(stay_s / 2)
        if self._rng.random() < 0.3:
            await self._restart(viewer)
        if self._rng.random() < 0.2:
            client.roam()
        await asyncio.sleep(stay_s / 2)
        self.frames += len(viewer.whole_frames)
        self.saw += bool(viewer.whole_frames)
        await self._leave(viewer)

    async def _restart(self, viewer: Viewer) -> None:
        client = viewer.client
        client.ufrag, client.password = f"u{self._rng.randrange(1 << 30):08x}", "p" * 24
        lines = [f"a=ice-ufrag:{client.ufrag}", f"a=ice-pwd:{client.password}", "m=audio 9 UDP/TLS/RTP/SAVPF 0"]
        headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
        body = "\r\n".join([*lines, "a=mid:0", ""])
        answer = await self._worker.request("PATCH", viewer.location, viewer.token, body, **headers)
        assert answer.status == 200
        text = await answer.text()
        client.use_credentials(attribute(text, "ice-ufrag"), attribute(text, "ice-pwd"))
        self.restarts += 1

    async def _leave(self, viewer: Viewer) -> None:
        how = self._rng.choice(("delete", "goodbye", "vanish"))
        self.ends[how] += 1
        if how == "delete":
            assert (await self._worker.request("DELETE", viewer.location, viewer.token)).status == 200
        elif how == "goodbye":
            viewer.client.say_goodbye()
        await gone(self._worker, viewer)


async def gone(worker: MediaWorker, peer: Publisher | Viewer) -> None:
    """Without a word, and nothing of it is kept here either."""
    await peer.close()
    worker.forget(peer)


async def published(worker: MediaWorker, generation: int, rng: random.Random) -> Publisher:
    """The publisher, again, over a network that loses what it sends too."""
    client = WebRtcClient()
    client.uplink, client.downlink = bad_network(rng), bad_network(rng)
    return await worker.publish(STREAM, generation=generation, media=VIDEO, client=client)


async def until_everybody_has_gone(worker: MediaWorker) -> None:
    async def is_empty() -> bool:
        snapshot = await worker.snapshot()
        return bool(snapshot) and snapshot["viewers"] == 0

    await eventually(is_empty, timeout_s=GONE_S, every_s=0.5)
    # Those who never connected are forgotten a little later than those who went.
    await asyncio.sleep(16.0)


@pytest.mark.soak
async def test_an_hour_of_viewers_who_come_and_go_leaves_nothing_behind(
    valkey_of_this_worker: EmbeddedValkey, tmp_path: Path
) -> None:
    with worker_process(valkey_of_this_worker.url, tmp_path, MAX_SESSIONS=str(MAX_SESSIONS)) as process:
        async with process.clients() as worker:
            warm, last = await commotions(process, worker, random.Random(5))  # noqa: S311
    assert last.resident_bytes - warm.resident_bytes < MAX_GROWTH_BYTES
    assert last.descriptors <= warm.descriptors + 2
    assert last.threads <= warm.threads + 1


async def commotions(process: WorkerProcess, worker: MediaWorker, rng: random.Random) -> tuple[Held, Held]:
    """What the worker held when it was warm, and at the end."""
    crowd, began, generation = Crowd(worker, rng), time.monotonic(), 0
    warm: Held | None = None
    before: Publisher | None = None
    while True:
        generation += 1
        publisher = await published(worker, generation, rng)
        if before is not None:
            await gone(worker, before)
        await crowd.until(time.monotonic() + COMMOTION_S)
        await until_everybody_has_gone(worker)
        held, ran_s = process.held, time.monotonic() - began
        print(f"{ran_s:.0f} s: {held}, {crowd.came} came, {crowd.saw} saw {crowd.frames} frames, {crowd.ends}")
        assert crowd.saw == crowd.came - crowd.ends["never"]
        if warm is None and ran_s > WARM_S:
            warm = held
        elif warm is not None and ran_s > DURATION_S:
            return warm, held
        # Every other publisher vanishes; the others are taken over by the next one while they still send.
        before = publisher if generation % 2 else None
        if before is None:
            await gone(worker, publisher)
