"""aiortc's stock RTCPeerConnection sees and hears what an encoder sends, whatever its codecs."""

from __future__ import annotations

import pytest
from aiortc import RTCPeerConnection

from media_server.egress.rtp.choice import VIDEO_FOR_ALL, VIDEO_FOR_WEBRTC
from media_server.hub.frames import VideoCodec
from tests.media_server.sessions.aiortc_viewer import brightness, loudest_hz, tracks_of, until_renditions
from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually

LUMA = 180
TONE_HZ = 660.0


async def test_obs_as_it_is_out_of_the_box_is_seen_and_heard(
    encoders: Encoders, worker: MediaWorker, viewer: RTCPeerConnection
) -> None:
    """H.264 with B-frames and a key frame every eight seconds, AAC."""
    picture = PictureSource(b_frames=2, gop=250, luma=LUMA)
    encoders.admit(picture=picture, tone=ToneSource("aac", frequency_hz=TONE_HZ)).begin()
    await worker.until_room("s", "live")
    tracks = await tracks_of(worker, viewer, "video", "audio")
    assert await brightness(tracks["video"], 20) == pytest.approx(LUMA, abs=8)
    assert await loudest_hz(tracks["audio"]) == pytest.approx(TONE_HZ, abs=4)
    await until_renditions(worker, "video", VIDEO_FOR_WEBRTC)
    room = await worker.room("s")
    assert [each["origin"] for each in room["renditions"]] == ["source", "derived"]
    assert (room["ingest"], room["ladder"]) == ("rtmp", "off")


async def test_plain_h264_is_forwarded_as_it_is(
    encoders: Encoders, worker: MediaWorker, viewer: RTCPeerConnection
) -> None:
    encoder = encoders.admit(picture=PictureSource(luma=LUMA), tone=ToneSource("opus", frequency_hz=TONE_HZ))
    encoder.begin()
    await worker.until_room("s", "live")
    assert not encoder.session.is_awaited
    tracks = await tracks_of(worker, viewer, "video", "audio")
    assert await brightness(tracks["video"], 20) == pytest.approx(LUMA, abs=8)
    assert encoder.session.is_awaited
    assert await loudest_hz(tracks["audio"]) == pytest.approx(TONE_HZ, abs=4)
    await until_renditions(worker, "video")
    await viewer.close()
    await eventually(lambda: not encoder.session.is_awaited)


@pytest.mark.parametrize("codec", ["hevc", "av1"])
async def test_who_cannot_take_a_codec_is_sent_h264(
    encoders: Encoders, worker: MediaWorker, viewer: RTCPeerConnection, codec: VideoCodec
) -> None:
    encoders.admit(picture=PictureSource(codec, luma=LUMA)).begin()
    await worker.until_room("s", "live")
    tracks = await tracks_of(worker, viewer, "video")
    assert await brightness(tracks["video"], 20) == pytest.approx(LUMA, abs=8)
    await until_renditions(worker, "video", VIDEO_FOR_ALL)


async def test_who_can_take_a_codec_is_sent_it_as_it_is(
    encoders: Encoders, worker: MediaWorker, viewer: RTCPeerConnection
) -> None:
    encoder = encoders.admit(picture=PictureSource("vp8", luma=LUMA))
    encoder.begin()
    await worker.until_room("s", "live")
    as_it_is = await worker.watch("s", media=OfferedMedia("recvonly", video=("VP8",), audio=False))
    anew = await worker.watch("s", media=OfferedMedia("recvonly", video=("H264",), audio=False))
    await eventually(lambda: len(as_it_is.video) > 5 and len(anew.video) > 5, timeout_s=20)
    # The descriptor of VP8 with a picture id, and the parameter sets of H.264.
    assert as_it_is.video[0].payload[0] == 0x90
    assert anew.video[0].payload[0] & 0x1F == 24
