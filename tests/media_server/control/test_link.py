"""The worker's lease, its snapshot, and the commands it obeys, with a real Valkey that may die."""

from __future__ import annotations

import asyncio
import json
from typing import cast
from uuid import UUID, uuid4

import pytest
import redis.asyncio

from control_api.identity import StreamId
from control_api.media.models import WorkerSnapshot
from media_server.control import link as link_module
from media_server.control.link import ControlLink
from media_server.sessions.rooms import Rooms
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

NO_ROOMS = cast("Rooms", ())
"""Of which there is nothing to tell."""


async def test_the_snapshot_is_what_control_api_accepts(worker: MediaWorker) -> None:
    stream_id = str(uuid4())
    await worker.publish(stream_id, generation=3)
    viewer = await worker.watch(stream_id)
    await eventually(lambda: len(viewer.whole_frames) > 3)

    async def is_told() -> bool:
        return (await worker.room(stream_id)).get("viewers") == 1

    await eventually(is_told)
    told = await worker.snapshot()
    snapshot = WorkerSnapshot.model_validate(told)
    assert (snapshot.worker_id, snapshot.http_port, snapshot.viewers) == (
        worker.settings.worker_id,
        worker.address[1],
        1,
    )
    room = told["rooms"][stream_id]
    assert (room["state"], room["generation"], room["video_codec"], room["audio_codec"], room["ended_reason"]) == (
        "live",
        3,
        "H264",
        "opus",
        None,
    )
    assert told["started_at"] <= room["since"]
    accepted = snapshot.rooms[StreamId(UUID(stream_id))]
    assert accepted.ingest == "whip"
    assert [rendition.name for rendition in accepted.renditions or ()] == ["video"]
    assert accepted.health is not None
    assert accepted.ladder == "off"
    assert accepted.targets == {}


async def test_a_stream_ended_before_its_publisher_connected_does_not_spoil_the_snapshot(worker: MediaWorker) -> None:
    stream_id, other = str(uuid4()), str(uuid4())
    client = WebRtcClient()
    await worker.post(
        "whip", stream_id, client.offer(OfferedMedia("sendonly")), worker.signer.sign(stream_id, "publish")
    )
    await worker.command(command="end_stream", stream_id=stream_id)
    offer, token = client.offer(OfferedMedia("sendonly")), worker.signer.sign(stream_id, "publish", gen=2)

    async def is_ended() -> bool:
        return (await worker.post("whip", stream_id, offer, token)).status == 410

    await eventually(is_ended)
    await worker.publish(other)
    await worker.until_room(other, "live")
    # The ended one has never been, for the control plane.
    rooms = WorkerSnapshot.model_validate(await worker.snapshot()).rooms
    assert [str(room) for room in rooms] == [other]
    await client.close()


async def test_the_lease_is_renewed_and_given_up_at_the_end(valkey_url: str) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        async with media_worker(valkey_url) as worker:
            key = f"media:worker:{worker.settings.worker_id}"

            async def is_leased() -> bool:
                return bool(await valkey.pttl(key) > 0)

            await eventually(is_leased)
            assert await valkey.sismember("media:workers", worker.settings.worker_id)

            async def is_renewed() -> bool:
                return await valkey.pttl(key) > 1900 and await valkey.object("idletime", key) == 0

            await eventually(is_renewed)
        assert await valkey.get(key) is None


async def test_a_change_is_published_at_once(worker: MediaWorker, valkey_url: str) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url) as valkey, valkey.pubsub() as changes:
        await changes.subscribe("media:changed")
        await worker.publish("s")

        async def heard() -> bool:
            message = await changes.get_message(ignore_subscribe_messages=True, timeout=0.1)
            return message is not None and message["data"] == worker.settings.worker_id.encode()

        await eventually(heard, timeout_s=2)


async def test_the_audience_is_kept_by_stream(worker: MediaWorker, valkey_url: str) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s", token=worker.signer.sign("s", "watch", sub="someone"))
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:

        async def present() -> list[str]:
            return [str(viewer) for viewer in await valkey.zrange("media:viewers:s", 0, -1)]

        async def is_there() -> bool:
            return await present() == ["someone"]

        async def is_gone() -> bool:
            return await present() == []

        await eventually(is_there)
        viewer.client.say_goodbye()
        await eventually(is_gone)


async def test_ending_a_stream_ends_it_on_every_path_within_two_seconds(worker: MediaWorker) -> None:
    publisher = await worker.publish("s", size=900)
    viewer = await worker.watch("s")
    token = worker.signer.sign("s", "watch")

    async def playlist() -> str:
        response = await worker.request("GET", "/hls/s/video.m3u8", token)
        return await response.text() if response.status == 200 else ""

    async def plays() -> bool:
        return "#EXT-X-PART" in await playlist()

    async def is_over() -> bool:
        return "#EXT-X-ENDLIST" in await playlist()

    await eventually(plays, timeout_s=15)
    await worker.command(command="end_stream", stream_id="s")
    await eventually(lambda: viewer.client.is_closed_by_server and publisher.client.is_closed_by_server, timeout_s=2)
    await eventually(is_over, timeout_s=2)


async def test_commands_that_make_no_sense_are_passed_over(worker: MediaWorker, valkey_url: str) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    async with redis.asyncio.Redis.from_url(valkey_url) as valkey:
        for text in ("", "[]", "7", "{", '{"command": "end_stream"}', '{"command": "x", "stream_id": "s"}', '"s"'):
            await valkey.xadd(f"media:commands:{worker.settings.worker_id}", {"json": text})
        await valkey.xadd(f"media:commands:{worker.settings.worker_id}", {"other": "x"})
    await worker.command(command="end_stream", stream_id="nowhere")
    await worker.command(command="drop_viewer", stream_id="s", viewer_id="nobody")
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 5)
    await worker.command(command="end_stream", stream_id="s")
    await worker.until_room("s", "ended", timeout_s=2)


async def test_commands_of_before_its_start_are_not_replayed_and_later_ones_are_not_missed(valkey_url: str) -> None:
    worker_id = "worker-again"
    async with redis.asyncio.Redis.from_url(valkey_url) as valkey:
        await valkey.xadd(
            f"media:commands:{worker_id}", {"json": json.dumps({"command": "end_stream", "stream_id": "s"})}
        )
    async with media_worker(valkey_url, worker_id=worker_id) as worker:
        await worker.publish("s")
        await worker.until_room("s", "live")
        viewer = await worker.watch("s")
        await eventually(lambda: len(viewer.whole_frames) > 5)
        assert (await worker.room("s"))["state"] == "live"
        await worker.command(command="end_stream", stream_id="s")
        await worker.until_room("s", "ended", timeout_s=2)


async def test_who_waits_for_it_knows_when_the_control_plane_has_been_told(valkey_url: str) -> None:
    said = [0]

    def describe() -> str:
        said[0] += 1
        return json.dumps({"said": said[0]})

    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        link = ControlLink(valkey, "w", NO_ROOMS, describe, internal_url="http://w", drain=lambda _: None)
        running = asyncio.create_task(link.run())
        for _ in range(3):
            before = said[0]
            await link.told()
            assert json.loads(await valkey.get("media:worker:w") or "{}")["said"] > before
        running.cancel()
        await asyncio.wait({running})


async def test_nobody_waits_for_a_control_plane_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "TOLD_WITHIN_S", 0.05)
    async with redis.asyncio.Redis.from_url("redis://127.0.0.1:9/0") as valkey:
        link = ControlLink(valkey, "w", NO_ROOMS, str, internal_url="http://w", drain=lambda _: None)
        await link.told()


async def test_valkey_may_die_media_goes_on_and_the_lease_and_commands_come_back(own_valkey: OwnValkey) -> None:
    async with media_worker(own_valkey.url) as worker:
        await worker.publish("s")
        viewer = await worker.watch("s")
        await worker.until_room("s", "live")
        own_valkey.kill()
        seen = len(viewer.whole_frames)
        await eventually(lambda: len(viewer.whole_frames) > seen + 45)
        joined = await worker.watch("s")
        await eventually(lambda: len(joined.whole_frames) > 5)
        own_valkey.start()
        await worker.until_room("s", "live", timeout_s=8)
        await worker.command(command="end_stream", stream_id="s")
        await worker.until_room("s", "ended", timeout_s=6)
        await eventually(lambda: viewer.client.is_closed_by_server)
