"""A browser that publishes what HLS does not carry: players get H.264 that is made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender

from tests.media_server.sessions.test_aiortc_peers import BrightTrack, negotiate
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


@pytest.fixture
async def publisher() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    await connection.close()


async def test_vp8_plays_by_hls(worker: MediaWorker, publisher: RTCPeerConnection) -> None:
    codecs = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType == "video/VP8"]
    publisher.addTrack(BrightTrack())
    publisher.getTransceivers()[0].setCodecPreferences(codecs)
    await negotiate(worker, publisher, "whip", worker.signer.sign("s", "publish"))
    await worker.until_room("s", "live")
    token = worker.signer.sign("s", "watch")

    async def plays() -> bool:
        async with worker.http.get(f"{worker.url}/hls/s/index.m3u8", params={"token": token}) as response:
            text = await response.text()
        return 'CODECS="avc1.' in text and "RESOLUTION=320x240" in text

    await eventually(plays, timeout_s=20)

    async def is_told() -> bool:
        return [each["name"] for each in (await worker.room("s"))["renditions"]] == ["video", "video:h264"]

    await eventually(is_told)
    room = await worker.room("s")
    assert (room["ingest"], room["video_codec"]) == ("whip", "VP8")
