"""Encoders at the door of a real worker, without the protocol that would carry their frames."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any, Literal

from media_server.hub.frames import Frame
from media_server.sessions.encoder import EncoderGrant, EncoderSession
from media_server.sessions.encoder_door import EncoderDoor
from media_server.sessions.rooms import Rooms
from media_server.sessions.worker_media import WorkerMedia
from tests.support.frame_source import PictureSource, ToneSource


class Encoder:
    """One encoder: what it sends, and why its connection ended."""

    def __init__(self, session_of: Any, *sources: PictureSource | ToneSource | None) -> None:
        self.sources = [source for source in sources if source is not None]
        self.ended_by: list[str] = []
        self.sent: list[Frame] = []
        self.session: EncoderSession = session_of(self.ended_by.append)
        self._sending: asyncio.Task[None] | None = None

    @property
    def tracks(self) -> list[Any]:
        return [source.track for source in self.sources]

    def begin(self) -> None:
        """Say what there is, and send in real time from now on."""
        self.session.begin(self.tracks, self.now())
        self.send()

    def send(self) -> None:
        """Send in real time from now on."""
        self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """No more frames; the connection stays."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def close(self) -> None:
        """The connection is gone."""
        await self.stop()
        self.session.close("the connection was closed")

    async def _send(self) -> None:
        began = self.now()
        upcoming = {source: source.next() for source in self.sources}
        first = min(frame.dts for frame in upcoming.values())
        for _ in count():
            source = min(upcoming, key=lambda each: upcoming[each].dts)
            frame = upcoming[source]
            upcoming[source] = source.next()
            await asyncio.sleep(max(0.0, began + (frame.dts - first) / 90_000 - self.now()))
            self.sent.append(frame)
            self.session.push(source.track_id, frame, self.now())

    def now(self) -> float:
        """The worker's clock."""
        return asyncio.get_running_loop().time()


class Encoders:
    """The door of a worker. `admit` raises Refused."""

    def __init__(self) -> None:
        self.rooms: Rooms | None = None
        self.media: WorkerMedia | None = None
        self._made: list[Encoder] = []

    def found(self, rooms: Rooms, media: WorkerMedia) -> None:
        """The worker has made its rooms."""
        self.rooms, self.media = rooms, media

    def admit(
        self,
        stream_id: str = "s",
        *,
        generation: int = 1,
        take_over: bool = False,
        protocol: Literal["rtmp", "rtmps", "srt"] = "rtmp",
        picture: PictureSource | None = None,
        smaller: PictureSource | None = None,
        tone: ToneSource | None = None,
    ) -> Encoder:
        assert self.rooms is not None
        assert self.media is not None
        door = EncoderDoor(self.rooms, self.media)
        grant = EncoderGrant(stream_id, "user", generation, protocol, take_over)
        encoder = Encoder(lambda close: door.admit(grant, close=close), picture, smaller, tone)
        self._made.append(encoder)
        return encoder

    async def close(self) -> None:
        for encoder in self._made:
            await encoder.close()
