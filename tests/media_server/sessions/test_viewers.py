"""What a viewer gets: a key frame at once, repairs, one clock for picture and sound, and a goodbye."""

from __future__ import annotations

import time

import pytest

from media_server.rtp.ntp import ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Goodbye, SenderReport, SourceDescription
from media_server.rtp.sequence import timestamp_delta
from tests.support.dtls_peer import CM_80, GCM_128, GCM_256, Profile, rsa_identity
from tests.support.labelled_video import Codec, label_of
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_a_late_joiner_begins_with_the_key_frame_that_is_cached(worker: MediaWorker, codec: Codec) -> None:
    publisher = await worker.publish("s", media=OfferedMedia("sendonly", video=(codec,), video_ssrc=1), gop=100_000)
    early = await worker.watch("s", media=OfferedMedia("recvonly", video=(codec,)))
    await eventually(lambda: len(early.whole_frames) > 40)
    asked = publisher.keyframe_requests
    late = await worker.watch("s", media=OfferedMedia("recvonly", video=(codec,)))
    await eventually(lambda: len(late.video) > 0)
    first = label_of(late.video[0].payload)
    assert publisher.video is not None
    assert first.frame in publisher.video.keyframes
    assert first.number == 0
    now = publisher.video.frames
    await eventually(lambda: late.whole_frames[-1] >= now)
    assert late.whole_frames == list(range(first.frame, late.whole_frames[-1] + 1))
    assert publisher.keyframe_requests == asked, "the cache has one"


async def test_a_lost_packet_comes_again_by_rtx(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s", repairs=False)
    await eventually(lambda: len(viewer.video) > 40)
    wanted = viewer.video[20]
    viewer.ask_again(wanted.sequence_number)
    await eventually(lambda: len(viewer.repairs) == 1)
    assert viewer.repairs[0].payload == wanted.sequence_number.to_bytes(2, "big") + wanted.payload
    assert viewer.repairs[0].timestamp == wanted.timestamp


async def test_without_rtx_the_packet_itself_comes_again(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s", repairs=False, media=OfferedMedia("recvonly", rtx=False))
    await eventually(lambda: len(viewer.video) > 40)
    wanted = viewer.video[-1]
    # Our own SRTP takes each packet once: what comes again is counted as a replay.
    viewer.ask_again(wanted.sequence_number)
    await eventually(lambda: viewer.client.undecryptable == 1)


async def test_many_who_ask_for_a_key_frame_are_one_request(worker: MediaWorker) -> None:
    # VP8, so that nobody but viewers asks: HLS would want a key frame for each segment.
    publisher = await worker.publish("s", media=OfferedMedia("sendonly", video=("VP8",), video_ssrc=1), gop=100_000)
    viewers = [await worker.watch("s", media=OfferedMedia("recvonly", video=("VP8",))) for _ in range(5)]
    await eventually(lambda: all(len(viewer.whole_frames) > 20 for viewer in viewers))
    assert publisher.video is not None
    asked, keyframes = publisher.keyframe_requests, len(publisher.video.keyframes)
    for viewer in viewers:
        viewer.ask_for_keyframe()
    await eventually(lambda: publisher.keyframe_requests > asked)
    here = viewers[0].whole_frames[-1]
    await eventually(lambda: viewers[0].whole_frames[-1] > here + 10)
    assert publisher.keyframe_requests == asked + 1
    assert len(publisher.video.keyframes) == keyframes + 1


async def test_sender_reports_put_picture_and_sound_on_one_clock(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")

    def reports() -> dict[int, SenderReport]:
        return {part.ssrc: part for part in viewer.client.rtcp if isinstance(part, SenderReport)}

    await eventually(lambda: set(reports()) == {viewer.video_ssrc, viewer.audio_ssrc})
    await eventually(lambda: len([p for p in viewer.client.rtcp if isinstance(p, SenderReport)]) >= 6)

    def captured_at(ssrc: int, packet: RtpPacket, rate: int) -> float:
        """By the wall clock of the reports."""
        report = reports()[ssrc]
        return ntp_to_unix(report.ntp_timestamp) + timestamp_delta(packet.timestamp, report.rtp_timestamp) / rate

    def newest() -> tuple[float, float]:
        return (
            captured_at(viewer.video_ssrc, viewer.video[-1], 90_000),
            captured_at(viewer.audio_ssrc, viewer.audio[-1], 48_000),
        )

    def are_in_step() -> bool:
        picture, sound = newest()
        return picture == pytest.approx(time.time(), abs=0.5) and picture == pytest.approx(sound, abs=0.1)

    # On a machine that stood still for a moment the newest packets are old, and not equally so.
    await eventually(are_in_step)
    names = {part for part in viewer.client.rtcp if isinstance(part, SourceDescription)}
    assert len(names) == 1


@pytest.mark.parametrize("profile", [GCM_128, GCM_256, CM_80], ids=lambda profile: profile.name)
async def test_viewers_of_every_profile_and_certificate_are_served(worker: MediaWorker, profile: Profile) -> None:
    await worker.publish("s", client=WebRtcClient(profiles=(profile,)))
    viewer = await worker.watch("s", client=WebRtcClient(profiles=(profile,), identity=rsa_identity()))
    await eventually(lambda: len(viewer.whole_frames) > 20)
    assert viewer.client.undecryptable == 0


async def test_a_viewer_of_aes_cm_who_asks_for_everything_again_hurts_nobody(worker: MediaWorker) -> None:
    await worker.publish("s")
    greedy = await worker.watch(
        "s", repairs=False, media=OfferedMedia("recvonly", rtx=False), client=WebRtcClient(profiles=(CM_80,))
    )
    other = await worker.watch("s")
    await eventually(lambda: len(greedy.video) > 200)
    for start in range(0, 200, 50):
        greedy.ask_again(*(packet.sequence_number for packet in greedy.video[start : start + 50]))
    seen = len(other.whole_frames)
    await eventually(lambda: len(other.whole_frames) > seen + 20)


async def test_the_end_of_the_stream_is_said_by_bye_and_close_notify(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 3)
    await worker.command(command="end_stream", stream_id="s")
    await eventually(lambda: viewer.client.is_closed_by_server, timeout_s=2)
    ended = [part for part in viewer.client.rtcp if isinstance(part, Goodbye)]
    assert [set(part.sources) for part in ended] == [{viewer.video_ssrc, viewer.audio_ssrc}]


async def test_a_viewer_who_asks_only_for_sound_gets_sound(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s", media=OfferedMedia("recvonly", video=()))
    await eventually(lambda: len(viewer.audio) > 10)
    assert set(viewer.tracks) == {"audio"}
