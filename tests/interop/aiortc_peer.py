"""aiortc as a viewer over WHEP and as a publisher over WHIP: it decodes what it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame


class Refused(Exception):
    """The media server did not answer with 201."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


@dataclass
class Received:
    """What has been decoded so far."""

    frames: int = 0
    size: tuple[int, int] = (0, 0)
    samples: int = 0
    loudest: float = 0.0
    channels: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def exchange(url: str, token: str, offer: str, *, content_type: str = "application/sdp") -> tuple[str, Any]:
    """Posts an offer; (answer, response headers). Raises Refused."""
    headers = {"Content-Type": content_type, "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.post(url, data=offer, headers=headers) as response:
        body = await response.text()
        if response.status != 201:
            raise Refused(response.status, body)
        return body, response.headers


@asynccontextmanager
async def watching(whep_url: str, token: str) -> AsyncIterator[Received]:
    """Watches for as long as the context is open. Raises Refused."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    received = Received()

    async def consume(track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                received.frames += 1
                received.size = (frame.width, frame.height)
            elif isinstance(frame, AudioFrame):
                samples = frame.to_ndarray()
                received.samples += frame.samples
                received.channels = len(frame.layout.channels)
                received.loudest = max(received.loudest, float(np.abs(samples.astype(np.int32)).max()) / 32768)

    @connection.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        received.tasks.append(asyncio.create_task(consume(track)))

    connection.addTransceiver("audio", direction="recvonly")
    connection.addTransceiver("video", direction="recvonly")
    try:
        await connection.setLocalDescription(await connection.createOffer())
        answer, _ = await exchange(whep_url, token, connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        yield received
    finally:
        await connection.close()
        for task in received.tasks:
            task.cancel()
        await asyncio.gather(*received.tasks, return_exceptions=True)


async def offer_to_publish() -> str:
    """An offer such as a WHIP client makes; nothing is sent after it."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        connection.addTransceiver("audio", direction="sendonly")
        connection.addTransceiver("video", direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        return str(connection.localDescription.sdp)
    finally:
        await connection.close()
