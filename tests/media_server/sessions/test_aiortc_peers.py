"""aiortc's stock RTCPeerConnection, a WebRTC stack that is not ours, publishes and decodes what it watches."""

from __future__ import annotations

import fractions
from collections.abc import AsyncIterator

import av
import numpy as np
import pytest
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import VideoStreamTrack
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.support.media_worker import MediaWorker
from tests.support.rtp_source import OpusSource
from tests.support.waiting import eventually

BRIGHT = 200
VOICE_HZ, CUE_HZ = 660.0, 440.0


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


class ToneTrack(AudioStreamTrack):
    """A tone of VOICE_HZ."""

    async def recv(self) -> AudioFrame:
        silent = await super().recv()
        assert isinstance(silent, AudioFrame)
        assert silent.pts is not None
        at = (silent.pts + np.arange(silent.samples)) / silent.sample_rate
        wave = (8_000 * np.sin(2 * np.pi * VOICE_HZ * at)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.time_base, frame.sample_rate = silent.pts, silent.time_base, silent.sample_rate
        return frame


def loudest_hz(samples: NDArray[np.float32]) -> float:
    """The frequency that is loudest in the last half second of `samples` (mono, 48 kHz)."""
    last = samples[-24_000:]
    return 2.0 * float(np.argmax(np.abs(np.fft.rfft(last * np.hanning(len(last))))))


def decoded_opus(packets: list[bytes]) -> NDArray[np.float32]:
    """What libopus makes of `packets`, as mono."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return np.concatenate([frame.to_ndarray().reshape(-1, 2)[:, 0] for frame in frames]).astype(np.float32)


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


async def test_a_dj_talks_and_hears_the_cue_in_packets_of_ten_milliseconds(
    worker: MediaWorker, connections: list[RTCPeerConnection]
) -> None:
    cue = OpusSource(frequency_hz=CUE_HZ, packet_samples=480)
    microphone = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    monitor = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connections += [microphone, monitor]
    async with worker.feed("s", on_air=False, cue=lambda _: next(cue.payloads())) as mix:
        microphone.addTrack(ToneTrack())
        await negotiate(worker, microphone, "whip", worker.signer.sign("s", "talk"))
        received: list[MediaStreamTrack] = []
        monitor.on("track", received.append)
        monitor.addTransceiver("audio", direction="recvonly")
        monitor.createDataChannel("mix")
        await negotiate(worker, monitor, "whep", worker.signer.sign("s", "monitor"))
        await eventually(lambda: len(received) == 1)
        heard: list[NDArray[np.float32]] = []
        for _ in range(120):
            frame = await received[0].recv()
            assert isinstance(frame, AudioFrame)
            assert frame.samples == 480
            heard.append(frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.float32))
        await eventually(lambda: len(mix.microphone) > 50)
        spoken = decoded_opus([payload for _, _, payload, _ in mix.microphone])
    assert abs(loudest_hz(np.concatenate(heard)) - CUE_HZ) <= 4
    assert abs(loudest_hz(spoken) - VOICE_HZ) <= 4
