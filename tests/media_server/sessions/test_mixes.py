"""A mix that a mixer feeds: live from its first programme packet, and one stream to viewers whatever feeds it."""

from __future__ import annotations

from itertools import pairwise

from aiohttp import ClientSession

from media_server.feed import FeedTarget
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import sequence_delta, timestamp_delta
from tests.support.fed_mix import PROGRAMME_FRAMES, FedMix
from tests.support.live_peers import Viewer
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

CAMERA = OfferedMedia("sendonly", audio=False, video_ssrc=0x1111, video_rtx_ssrc=0x1112)
OTHER_CAMERA = OfferedMedia("sendonly", audio=False, video_ssrc=0x7771, video_rtx_ssrc=0x7772)


def assert_one_stream(packets: list[RtpPacket]) -> None:
    """Every sequence number once and in order, time that goes on, all under one SSRC."""
    assert len({packet.ssrc for packet in packets}) == 1
    assert all(sequence_delta(b.sequence_number, a.sequence_number) == 1 for a, b in pairwise(packets))
    assert all(timestamp_delta(b.timestamp, a.timestamp) > 0 for a, b in pairwise(packets))


async def status_of_watching(worker: MediaWorker, stream_id: str, **claims: str) -> int:
    client = WebRtcClient()
    token = worker.signer.sign(stream_id, "watch", **claims)
    response = await worker.post("whep", stream_id, client.offer(OfferedMedia("recvonly")), token)
    await client.close()
    return response.status


async def heard(viewer: Viewer, packets: int) -> None:
    before = len(viewer.audio)
    await eventually(lambda: len(viewer.audio) >= before + packets)


async def test_a_mix_off_air_can_be_monitored_and_not_watched(worker: MediaWorker) -> None:
    async with worker.feed("m", on_air=False) as mix:
        monitor = await worker.monitor("m")
        await heard(monitor, 20)
        assert await status_of_watching(worker, "m") == 404
        token = worker.signer.sign("m", "watch")
        assert (await worker.request("GET", "/hls/m/index.m3u8", token)).status == 404
        assert await worker.room("m") == {}
        mix.on_air = True
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        await heard(viewer, 10)
        assert not monitor.client.is_closed_by_server


async def test_monitors_are_no_viewers_and_in_no_audience(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        monitor = await worker.monitor("m")
        viewer = await worker.watch("m")
        await heard(monitor, 10)
        await heard(viewer, 10)

        async def one_is_told() -> bool:
            return bool((await worker.room("m"))["viewers"] == 1)

        await eventually(one_is_told)
        assert (await worker.snapshot())["viewers"] == 1


async def test_the_programme_goes_to_viewers_and_the_cue_to_monitors_alone(worker: MediaWorker) -> None:
    async with worker.feed("m", programme=lambda _: b"\xfcprogramme", cue=lambda _: b"\xfccue"):
        await worker.until_room("m", "live")
        viewer, monitor = await worker.watch("m"), await worker.monitor("m")
        await heard(viewer, 20)
        await heard(monitor, 20)
        assert {packet.payload for packet in viewer.audio} == {b"\xfcprogramme"}
        assert {packet.payload for packet in monitor.audio} == {b"\xfccue"}


async def test_time_stamps_are_the_engine_s_frames(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        await heard(viewer, 30)
        steps = {timestamp_delta(b.timestamp, a.timestamp) for a, b in pairwise(viewer.audio)}
        assert steps == {PROGRAMME_FRAMES}


async def test_a_feed_opened_anew_goes_on_in_the_same_stream_and_in_time(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        await heard(viewer, 10)
        first = mix.sender.since
        # The same address under another name: the sender opens the feed there, under a new key.
        mix.sender.use(FeedTarget(f"{worker.url}/feed/m?again", worker.signer.sign("m", "feed", gen=1)))
        await eventually(lambda: mix.sender.state == "connected" and mix.sender.since > first)
        await heard(viewer, 30)
        assert not viewer.client.is_closed_by_server
        assert_one_stream(viewer.audio)
        steps = [timestamp_delta(b.timestamp, a.timestamp) for a, b in pairwise(viewer.audio)]
        assert all(step % PROGRAMME_FRAMES == 0 for step in steps)


async def test_another_mixer_with_a_newer_generation_takes_over(worker: MediaWorker) -> None:
    async with worker.feed("m", programme=lambda _: b"\xfcone") as first:
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        await heard(viewer, 10)
        async with worker.feed("m", generation=2, programme=lambda _: b"\xfctwo"):
            await eventually(lambda: viewer.audio[-1].payload == b"\xfctwo")
            await eventually(lambda: first.sender.state == "connecting", timeout_s=8)
            await eventually(lambda: first.sender.problem is not None and "SUPERSEDED" in first.sender.problem)
            await heard(viewer, 20)
            assert viewer.audio[-1].payload == b"\xfctwo"
            assert_one_stream(viewer.audio)
            assert (await worker.room("m"))["generation"] == 2


async def test_a_lost_feed_interrupts_the_room_and_another_continues_it(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        monitor = await worker.monitor("m")
        await heard(viewer, 10)
    await worker.until_room("m", "interrupted")
    assert await status_of_watching(worker, "m") == 201
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        await heard(viewer, 10)
        await heard(monitor, 10)
        assert_one_stream(viewer.audio)


async def test_a_programme_that_falls_silent_interrupts_the_room_and_leaves_monitors_alone(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        monitor = await worker.monitor("m")
        mix.on_air = False
        await worker.until_room("m", "interrupted", timeout_s=8)
        await heard(monitor, 5)
        mix.on_air = True
        await worker.until_room("m", "live")
        assert mix.sender.problem is None


async def test_a_mix_that_nobody_feeds_any_more_ends_with_everyone_in_it(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        viewer, monitor = await worker.watch("m"), await worker.monitor("m")
        talk = await worker.publish("m", action="talk")
    await worker.until_room("m", "ended")
    assert (await worker.room("m"))["ended_reason"] == "publisher_lost"
    await eventually(lambda: all(peer.client.is_closed_by_server for peer in (viewer, monitor, talk)))


async def test_a_mix_off_air_that_nobody_feeds_any_more_leaves_nothing_behind(worker: MediaWorker) -> None:
    async with worker.feed("m", on_air=False):
        monitor = await worker.monitor("m")
        await heard(monitor, 5)
    await eventually(lambda: monitor.client.is_closed_by_server)
    assert await worker.room("m") == {}
    async with worker.feed("m", on_air=False):
        await heard(await worker.monitor("m"), 5)


async def test_the_end_of_the_stream_closes_everyone_and_refuses_the_feed(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        viewer, monitor = await worker.watch("m"), await worker.monitor("m")
        talk = await worker.publish("m", action="talk")
        await worker.command(command="end_stream", stream_id="m")
        await worker.until_room("m", "ended")
        await eventually(lambda: all(peer.client.is_closed_by_server for peer in (viewer, monitor, talk)))
        await eventually(lambda: "STREAM_ENDED" in (mix.sender.problem or ""))


async def test_a_camera_that_comes_asks_viewers_to_join_again_and_one_that_goes_or_returns_does_not(
    worker: MediaWorker,
) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        without = await worker.watch("m")
        monitor = await worker.monitor("m")
        assert (await worker.room("m"))["video_codec"] is None
        camera = await worker.publish("m", action="talk", media=CAMERA)
        await eventually(lambda: without.client.is_closed_by_server)
        viewer = await worker.watch("m")
        await eventually(lambda: len(viewer.whole_frames) > 10)
        await camera.stop()
        camera.client.say_goodbye()

        async def video_is(codec: str | None) -> bool:
            return bool((await worker.room("m"))["video_codec"] == codec)

        await eventually(lambda: video_is(None))
        await heard(viewer, 10)
        before = len(viewer.video)
        await worker.publish("m", action="talk", media=OTHER_CAMERA, generation=2, sequence_number=9, timestamp=5)
        await eventually(lambda: len(viewer.video) > before + 30)
        await eventually(lambda: video_is("H264"))
        assert not viewer.client.is_closed_by_server
        assert not monitor.client.is_closed_by_server
        assert (await worker.room("m"))["state"] == "live"
        assert_one_stream(viewer.audio)


async def test_who_was_removed_from_a_mix_is_out_on_every_path_until_invited_again(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        monitor = await worker.monitor("m", sub="dj")
        talk = await worker.publish("m", action="talk", user_id="dj")
        other = await worker.monitor("m", sub="other")
        await worker.command(command="drop_viewer", stream_id="m", viewer_id="dj")
        await eventually(lambda: monitor.client.is_closed_by_server and talk.client.is_closed_by_server)
        assert not other.client.is_closed_by_server
        offer = WebRtcClient().offer(OfferedMedia("recvonly", video=()))
        old = worker.signer.sign("m", "monitor", sub="dj")
        assert (await worker.post("whep", "m", offer, old)).status == 403

        async def is_let_in() -> bool:
            token = worker.signer.sign("m", "monitor", sub="dj")
            return (await worker.post("whep", "m", offer, token)).status == 201

        await eventually(is_let_in, every_s=0.2)


async def test_a_feed_that_ended_frees_its_place(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_sessions=1) as worker:
        for generation in range(1, 4):
            async with worker.feed("m", generation=generation, on_air=False) as mix:
                assert mix.sender.problem is None


async def test_a_worker_that_is_full_takes_the_feed_once_it_is_not(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_sessions=1) as worker, ClientSession() as http:
        async with worker.feed("first", on_air=False):
            waiting = FedMix(http)
            waiting.start(FeedTarget(f"{worker.url}/feed/second", worker.signer.sign("second", "feed")))
            await eventually(lambda: "WORKER_FULL" in (waiting.sender.problem or ""))
        await waiting.connected()
        await waiting.stop()
