"""aiortc's stock RTCPeerConnection as a viewer of stream `s`."""

from __future__ import annotations

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


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
