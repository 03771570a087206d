"""Going back in a live stream: what the worker kept, as plain HLS, for those who may watch."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import pytest_asyncio
import redis.asyncio

from tests.support.media_worker import MediaWorker, media_worker
from tests.support.waiting import eventually

STREAM = "s"


async def want(worker: MediaWorker, **spec: object) -> None:
    async with redis.asyncio.Redis.from_url(worker.settings.redis_url) as valkey:
        wanted = {"stream_id": STREAM, "revision": 1, "creator_id": "c", "rewind_s": 600} | spec
        await valkey.set(f"media:spec:{STREAM}", json.dumps(wanted))


@pytest_asyncio.fixture
async def worker(valkey_url: str) -> AsyncIterator[MediaWorker]:
    async with media_worker(valkey_url) as worker:
        yield worker


async def fetch(worker: MediaWorker, name: str, token: str) -> tuple[int, bytes]:
    query = f"?token={token}" if token else ""
    async with worker.http.get(f"{worker.url}/hls/{STREAM}/{name}{query}") as response:
        return response.status, await response.read()


async def uris(worker: MediaWorker, name: str, token: str) -> list[str]:
    status, body = await fetch(worker, name, token)
    assert status == 200, body
    text = body.decode()
    assert text.count(f"?token={token}") == text.count(".m3u8"), "media needs none, its name is the right to it"
    named = [line for line in text.splitlines() if not line.startswith("#")]
    return [found.partition("?")[0] for found in [*named, *re.findall(r'URI="([^"]+)"', text)]]


async def test_what_was_kept_is_listed_and_every_byte_of_it_is_there(worker: MediaWorker) -> None:
    await want(worker)
    await worker.publish(STREAM)
    token = worker.signer.sign(STREAM, "watch")

    async def has_two_segments() -> bool:
        status, body = await fetch(worker, "rewind-video.m3u8", token)
        return status == 200 and body.count(b"#EXTINF") >= 2

    await eventually(has_two_segments, timeout_s=20)
    assert set(await uris(worker, "rewind.m3u8", token)) >= {"rewind-video.m3u8"}
    for name in await uris(worker, "rewind-video.m3u8", token):
        status, body = await fetch(worker, name, "")
        assert status == 200
        assert body[4:8] == (b"ftyp" if "init" in name else b"moof")


async def test_who_may_not_watch_gets_nothing(worker: MediaWorker) -> None:
    await want(worker)
    await worker.publish(STREAM)
    token = worker.signer.sign(STREAM, "watch")

    async def is_there() -> bool:
        return (await fetch(worker, "rewind-video.m3u8", token))[0] == 200

    await eventually(is_there, timeout_s=20)
    for path in ("rewind.m3u8", "rewind-video.m3u8"):
        assert (await fetch(worker, path, ""))[0] == 401
        assert (await fetch(worker, path, worker.signer.sign("another", "watch")))[0] == 403
    for name in await uris(worker, "rewind-video.m3u8", token):
        stem, _, suffix = name.rpartition("-")
        guess = f"{stem}-{'A' * 12}.{suffix.rpartition('.')[2]}"
        assert (await fetch(worker, guess, token))[0] == 404


async def test_a_stream_of_which_nothing_is_kept_says_so(worker: MediaWorker) -> None:
    await want(worker, rewind_s=0)
    await worker.publish(STREAM)
    token = worker.signer.sign(STREAM, "watch")

    async def is_playable() -> bool:
        return (await fetch(worker, "index.m3u8", token))[0] == 200

    await eventually(is_playable, timeout_s=20)
    status, body = await fetch(worker, "rewind.m3u8", token)
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOTHING_KEPT")
    for name in ("rewind/video-1.m4s", "rewind/video-init-1.mp4", "rewind/..%2F..%2Fetc-1.m4s", "rewind-nothing.m3u8"):
        assert (await fetch(worker, name, token))[0] == 404
