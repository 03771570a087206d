"""The DJ's microphone goes on to the mixer as one stream, whichever device it comes from; the camera is the picture."""

from __future__ import annotations

from itertools import pairwise

from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import sequence_delta, timestamp_delta
from tests.support.fed_mix import FedMix
from tests.support.media_worker import MediaWorker
from tests.support.offers import OPUS, OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

MICROPHONE = OfferedMedia("sendonly", video=(), audio_ssrc=0x2222)
OTHER_MICROPHONE = OfferedMedia("sendonly", video=(), audio_ssrc=0x4444)
BOTH = OfferedMedia("sendonly", video_ssrc=0x1111, video_rtx_ssrc=0x1112, audio_ssrc=0x2222)


async def spoken(mix: FedMix, packets: int) -> None:
    before = len(mix.microphone)
    await eventually(lambda: len(mix.microphone) >= before + packets)


def assert_one_microphone(mix: FedMix) -> None:
    """Every number once and in order, and time that goes on."""
    numbers = [(number, timestamp) for number, timestamp, _, _ in mix.microphone]
    assert all(sequence_delta(b[0], a[0]) == 1 for a, b in pairwise(numbers))
    assert all(timestamp_delta(b[1], a[1]) > 0 for a, b in pairwise(numbers))


async def test_the_microphone_reaches_the_mixer_as_it_comes_and_no_viewer(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        await worker.publish("m", action="talk", media=MICROPHONE)
        await spoken(mix, 30)
        assert {payload for _, _, payload, _ in mix.microphone} == {b"\xfc\xff\xfe"}
        assert {timestamp_delta(b[1], a[1]) for a, b in pairwise(mix.microphone)} == {960}
        assert_one_microphone(mix)
        assert not viewer.client.is_closed_by_server
        assert (await worker.room("m"))["video_codec"] is None


async def test_a_newer_device_takes_the_microphone_over_and_the_mixer_hears_one(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        first = await worker.publish("m", action="talk", media=MICROPHONE)
        await spoken(mix, 10)
        second = await worker.publish("m", action="talk", media=OTHER_MICROPHONE, generation=2)
        await eventually(lambda: first.client.is_closed_by_server)
        await spoken(mix, 20)
        assert not second.client.is_closed_by_server
        assert_one_microphone(mix)


async def test_an_older_device_and_the_same_token_twice_are_refused(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.publish("m", action="talk", media=MICROPHONE, generation=2)
        offer = WebRtcClient().offer(MICROPHONE)
        for generation, code in ((1, "SUPERSEDED"), (2, "ALREADY_PUBLISHING")):
            response = await worker.post("whip", "m", offer, worker.signer.sign("m", "talk", gen=generation))
            assert (response.status, (await response.json())["error"]["code"]) == (409, code)


async def test_microphone_and_camera_of_one_session_part_ways(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        await worker.publish("m", action="talk", media=BOTH)
        await spoken(mix, 10)

        async def has_picture() -> bool:
            return bool((await worker.room("m"))["video_codec"] == "H264")

        await eventually(has_picture)
        viewer = await worker.watch("m")
        await eventually(lambda: len(viewer.whole_frames) > 10 and len(viewer.audio) > 10)


async def test_who_talks_before_the_mixer_came_is_heard_when_it_comes(worker: MediaWorker) -> None:
    await worker.publish("m", action="talk", media=MICROPHONE)
    async with worker.feed("m") as mix:
        await spoken(mix, 10)
        assert_one_microphone(mix)


async def test_the_microphone_goes_on_when_the_feed_is_opened_anew(worker: MediaWorker) -> None:
    await worker.publish("m", action="talk", media=MICROPHONE)
    async with worker.feed("m", generation=1) as first:
        await spoken(first, 5)
    async with worker.feed("m", generation=2) as second:
        await spoken(second, 20)
        assert_one_microphone(second)


async def test_a_voice_repeated_by_its_sender_is_sent_to_the_mixer_once(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        talk = await worker.publish("m", action="talk", media=MICROPHONE)
        await spoken(mix, 5)
        await talk.stop()
        sent = len(mix.microphone)
        last = RtpPacket(OPUS, 20_000, 5_000_000, 0x2222, False, b"\xfcnew")
        for _ in range(3):
            talk.client.send_rtp(last)
        talk.client.send_rtp(RtpPacket(OPUS, 20_001, 5_000_960, 0x2222, False, b"\xfcnext"))
        await eventually(lambda: mix.microphone[-1][2] == b"\xfcnext")
        assert [payload for _, _, payload, _ in mix.microphone[sent:]].count(b"\xfcnew") == 1
