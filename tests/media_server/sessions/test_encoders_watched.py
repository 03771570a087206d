"""aiortc's stock RTCPeerConnection sees and hears what an encoder sends, whatever its codecs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from media_server.egress.rtp.choice import VIDEO_FOR_ALL, VIDEO_FOR_WEBRTC
from media_server.hub.frames import VideoCodec
from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually

LUMA = 180
TONE_HZ = 660.0


@pytest.fixture
async def viewer() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    await connection.close()


async def tracks_of(worker: MediaWorker, viewer: RTCPeerConnection, *kinds: str) -> dict[str, MediaStreamTrack]:
    """The tracks that a viewer of `s` is sent."""
    received: dict[str, MediaStreamTrack] = {}
    viewer.on("track", lambda track: received.update({track.kind: track}))
    for kind in kinds:
        viewer.addTransceiver(kind, direction="recvonly")
    await viewer.setLocalDescription(await viewer.createOffer())
    response = await worker.post("whep", "s", viewer.localDescription.sdp, worker.signer.sign("s", "watch"))
    assert response.status == 201, await response.text()
    await viewer.setRemoteDescription(RTCSessionDescription(sdp=await response.text(), type="answer"))
    await eventually(lambda: len(received) == len(kinds))
    return received


async def until_renditions(worker: MediaWorker, *expected: str) -> None:
    """Wait until the control plane is told of these, sources first."""

    async def are_so() -> bool:
        return tuple(each["name"] for each in (await worker.room("s"))["renditions"]) == expected

    await eventually(are_so)


async def brightness(track: MediaStreamTrack, pictures: int) -> float:
    """That of the last of so many pictures."""
    for _ in range(pictures):
        picture = await track.recv()
        assert isinstance(picture, VideoFrame)
    assert isinstance(picture, VideoFrame)
    return float(np.mean(picture.to_ndarray(format="yuv420p")[60:120]))


async def loudest_hz(track: MediaStreamTrack) -> float:
    """The frequency that is loudest in a second of sound, after half a second of it."""
    heard: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    for _ in range(75):
        sound = await track.recv()
        assert isinstance(sound, AudioFrame)
        heard.append(sound.to_ndarray().reshape(-1, 2)[:, 0].astype(np.float32))
    pcm = np.concatenate(heard)[-48_000:]
    return float(np.argmax(np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))))


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
    encoders.admit(picture=PictureSource(luma=LUMA), tone=ToneSource("opus", frequency_hz=TONE_HZ)).begin()
    await worker.until_room("s", "live")
    tracks = await tracks_of(worker, viewer, "video", "audio")
    assert await brightness(tracks["video"], 20) == pytest.approx(LUMA, abs=8)
    assert await loudest_hz(tracks["audio"]) == pytest.approx(TONE_HZ, abs=4)
    await until_renditions(worker, "video")


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
