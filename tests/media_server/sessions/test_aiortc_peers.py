"""aiortc's stock RTCPeerConnection, a WebRTC stack that is not ours, publishes and decodes what it watches."""

from __future__ import annotations

import fractions
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from av.video.frame import VideoFrame

from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

BRIGHT = 200


class BrightTrack(VideoStreamTrack):
    """A plain bright picture."""

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(np.full((240 * 3 // 2, 320), BRIGHT, np.uint8), "yuv420p")
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


@pytest.fixture
async def connections() -> AsyncIterator[list[RTCPeerConnection]]:
    made: list[RTCPeerConnection] = []
    yield made
    for connection in made:
        await connection.close()


async def negotiate(worker: MediaWorker, connection: RTCPeerConnection, protocol: str, token: str) -> None:
    await connection.setLocalDescription(await connection.createOffer())
    response = await worker.post(protocol, "s", connection.localDescription.sdp, token)
    assert response.status == 201, await response.text()
    await connection.setRemoteDescription(RTCSessionDescription(sdp=await response.text(), type="answer"))
    await eventually(lambda: connection.connectionState == "connected", timeout_s=15)


@pytest.mark.parametrize("codec", ["video/H264", "video/VP8"])
async def test_it_publishes_and_another_one_decodes_the_picture(
    worker: MediaWorker, connections: list[RTCPeerConnection], codec: str
) -> None:
    chosen = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == codec]
    publisher = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connections += [publisher, viewer]
    publisher.addTrack(BrightTrack())
    publisher.getTransceivers()[0].setCodecPreferences(chosen)
    await negotiate(worker, publisher, "whip", worker.signer.sign("s", "publish"))
    received: list[MediaStreamTrack] = []
    viewer.on("track", received.append)
    viewer.addTransceiver("video", direction="recvonly")
    await worker.until_room("s", "live")
    await negotiate(worker, viewer, "whep", worker.signer.sign("s", "watch"))
    await eventually(lambda: len(received) == 1)
    for _ in range(10):
        frame = await received[0].recv()
        assert isinstance(frame, VideoFrame)
    assert isinstance(frame, VideoFrame)
    picture = frame.to_ndarray(format="gray")
    assert picture.shape == (240, 320)
    assert abs(float(picture.mean()) - BRIGHT) < 25
