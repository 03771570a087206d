"""Who was told to go stays out of workers that were not there when it was said; by a real Valkey."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis.asyncio

from control_api.identity import StreamId, ViewerId
from control_api.media.commands import DROPPED_KEPT_S, MAX_DROPPED, WorkerCommands
from media_server.control.dropped import PORTION
from media_server.sessions.dropped import TOKEN_LIFE_S
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.servers import OwnValkey
from tests.support.several_workers import Workers, several_workers
from tests.support.waiting import eventually

GONE = "a worker that was there then"


@pytest.fixture
async def workers(valkey_url: str) -> AsyncIterator[Workers]:
    async with several_workers(valkey_url) as started:
        yield started


async def drop(valkey_url: str, stream_id: str, viewer_id: str, *, worker_id: str = GONE) -> None:
    """As control_api does."""
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        await WorkerCommands(valkey).drop_viewer(worker_id, as_stream(stream_id), as_viewer(viewer_id))


def as_stream(text: str) -> StreamId:
    return text  # type: ignore[return-value]


def as_viewer(text: str) -> ViewerId:
    return text  # type: ignore[return-value]


async def code_for(worker: MediaWorker, stream_id: str, viewer_id: str) -> str:
    """What a viewer is told whose offer makes no sense: who may come in hears of that."""
    token = worker.signer.sign(stream_id, "watch", sub=viewer_id)
    response = await worker.post("whep", stream_id, "v=0", token)
    return str((await response.json())["error"]["code"])


async def test_who_was_dropped_before_a_worker_started_is_not_let_in_there(workers: Workers, valkey_url: str) -> None:
    dropped, stays = str(uuid4()), str(uuid4())
    await drop(valkey_url, "s", dropped)
    late = await workers.start()
    await late.publish("s")

    async def is_refused() -> bool:
        return await code_for(late, "s", dropped) == "VIEWER_DROPPED"

    await eventually(is_refused)
    assert await code_for(late, "s", stays) == "SDP_UNACCEPTABLE"


async def test_the_first_to_ask_a_late_worker_for_a_stream_of_another_is_refused_if_dropped(
    workers: Workers, valkey_url: str
) -> None:
    origin = await workers.start()
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    await drop(valkey_url, "s", "someone")
    late = await workers.start()
    assert await code_for(late, "s", "someone") == "VIEWER_DROPPED"
    assert await code_for(late, "s", "another") == "SDP_UNACCEPTABLE"
    playlist = await late.request("GET", "/hls/s/index.m3u8", late.signer.sign("s", "watch", sub="someone"))
    assert playlist.status == 403


async def test_who_came_in_while_valkey_was_away_goes_when_it_is_back(own_valkey: OwnValkey) -> None:
    async with media_worker(own_valkey.url) as worker:
        await worker.until_leased()
        own_valkey.kill()
        await worker.publish("s")
        viewers = {name: await worker.watch("s", token=worker.signer.sign("s", "watch", sub=name)) for name in "ab"}
        await eventually(lambda: all(viewer.video for viewer in viewers.values()))
        own_valkey.start()
        # The worker is not sent the command: it is as if it had not been known.
        await drop(own_valkey.url, "s", "a")
        await eventually(lambda: viewers["a"].client.is_closed_by_server, timeout_s=10)
        assert not viewers["b"].client.is_closed_by_server


async def test_a_member_who_was_invited_again_is_let_in_by_a_worker_that_starts_late(
    workers: Workers, valkey_url: str
) -> None:
    await drop(valkey_url, "s", "member")
    late = await workers.start()
    issued_at = int(time.time())
    async with late.feed("s"):

        async def code(iat: int) -> str:
            token = late.signer.sign("s", "monitor", sub="member", iat=iat)
            response = await late.post("whep", "s", "v=0", token)
            return str((await response.json())["error"]["code"])

        async def is_refused() -> bool:
            return await code(issued_at - 60) == "VIEWER_DROPPED"

        await eventually(is_refused)
        assert await code(issued_at + 5) == "SDP_UNACCEPTABLE"


async def test_what_is_written_down_lapses_with_the_tokens_and_is_bounded(valkey_url: str) -> None:
    assert DROPPED_KEPT_S >= TOKEN_LIFE_S
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        key, now = "media:dropped:s", time.time()
        await valkey.zadd(key, {"long ago": now - DROPPED_KEPT_S - 1})
        await valkey.zadd(key, {f"viewer {n}": now - MAX_DROPPED + n for n in range(MAX_DROPPED)})
        await drop(valkey_url, "s", "someone")
        assert await valkey.zcard(key) == MAX_DROPPED
        assert await valkey.zrange(key, 0, 0) == ["viewer 1"]
        assert await valkey.zscore(key, "someone") == pytest.approx(time.time(), abs=60)
        assert 0 < await valkey.ttl(key) <= DROPPED_KEPT_S
        assert await valkey.xlen(f"media:commands:{GONE}") == 1


async def test_of_a_large_stream_everybody_is_known(workers: Workers, valkey_url: str) -> None:
    origin = await workers.start()
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    count = 2 * PORTION + 3
    async with redis.asyncio.Redis.from_url(valkey_url) as valkey:
        await valkey.zadd("media:dropped:s", {f"viewer {n}": time.time() - n for n in range(count)})
    late = await workers.start()
    for n in (0, PORTION, count - 1):
        assert await code_for(late, "s", f"viewer {n}") == "VIEWER_DROPPED"
