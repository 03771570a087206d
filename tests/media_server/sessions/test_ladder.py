"""A ladder that the control plane wants: made of an encoder's picture, offered to players of HLS."""

from __future__ import annotations

import json

import redis.asyncio

from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.waiting import eventually


async def want_ladder(worker: MediaWorker, *, revision: int, ladder: bool) -> None:
    """Say so as control_api does."""
    spec = {"stream_id": "s", "revision": revision, "creator_id": "c", "recording": None, "rewind_s": 0}
    async with redis.asyncio.Redis.from_url(worker.settings.redis_url) as valkey:
        await valkey.set("media:spec:s", json.dumps(spec | {"ladder": ladder, "targets": []}))
        await valkey.publish("media:spec-changed", "s")


async def until_ladder(worker: MediaWorker, state: str) -> None:
    async def is_so() -> bool:
        return (await worker.room("s")).get("ladder") == state

    await eventually(is_so)


async def test_players_find_the_rungs_beside_the_source(encoders: Encoders, worker: MediaWorker) -> None:
    await want_ladder(worker, revision=1, ladder=True)
    picture = PictureSource(width=960, height=540, gop=30)
    encoders.admit(picture=picture, tone=ToneSource("aac")).begin()
    await worker.until_room("s", "live")
    await until_ladder(worker, "on")
    token = worker.signer.sign("s", "watch")

    async def has_rungs() -> bool:
        async with worker.http.get(f"{worker.url}/hls/s/index.m3u8", params={"token": token}) as response:
            text = await response.text()
        return "RESOLUTION=960x540" in text and "RESOLUTION=640x360" in text

    await eventually(has_rungs, timeout_s=20)
    names = [each["name"] for each in (await worker.room("s"))["renditions"]]
    assert names == ["video", "video:360"]
    await want_ladder(worker, revision=2, ladder=False)
    await until_ladder(worker, "off")


async def test_a_worker_without_cores_for_it_says_so_and_serves_the_source(encoders: Encoders, valkey_url: str) -> None:
    async with media_worker(valkey_url, transcode_cores=0) as worker:
        await want_ladder(worker, revision=1, ladder=True)
        encoders.admit(picture=PictureSource(width=960, height=540)).begin()
        await worker.until_room("s", "live")
        await until_ladder(worker, "no_room")
        assert [each["name"] for each in (await worker.room("s"))["renditions"]] == ["video"]
        viewer = await worker.watch("s")
        await eventually(lambda: len(viewer.video) > 5)
        await encoders.close()
