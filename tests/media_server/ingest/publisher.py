"""A publisher over a real socket that sends exactly what a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media_server.rtmp.client import PublishSession
from media_server.rtmp.commands import metadata_message
from media_server.rtmp.events import ClientEvent, PublishAccepted, PublishRefused
from media_server.rtmp.messages import AUDIO_CHUNK_STREAM, DATA_CHUNK_STREAM, VIDEO_CHUNK_STREAM, Message, MessageType
from tests.media_server.rtmp.messages import aac_config, aac_frame, avc_config, avc_frame


class Publisher:
    """Connected; `answered` waits for yes or no."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, app: str) -> None:
        self.session = PublishSession(app=app, tc_url=f"rtmp://localhost/{app}", key=key)
        self.events: list[ClientEvent] = []
        self.is_closed = asyncio.Event()
        self._heard = asyncio.Condition()
        self._reader, self._writer = reader, writer
        self._reading = asyncio.create_task(self._read())

    async def answered(self) -> ClientEvent:
        """PublishAccepted or PublishRefused."""
        async with asyncio.timeout(10), self._heard:
            await self._heard.wait_for(lambda: bool(self.events))
        return self.events[0]

    async def refused(self) -> PublishRefused:
        """Wait for the newest refusal."""
        async with asyncio.timeout(10), self._heard:
            await self._heard.wait_for(lambda: any(isinstance(event, PublishRefused) for event in self.events))
        return next(event for event in reversed(self.events) if isinstance(event, PublishRefused))

    async def closed(self) -> None:
        """Wait until the server has ended the connection."""
        async with asyncio.timeout(10):
            await self.is_closed.wait()

    def send(self, kind: MessageType, payload: bytes, timestamp_ms: int) -> None:
        """A message of the stream."""
        chunk_stream = VIDEO_CHUNK_STREAM if kind == MessageType.VIDEO else AUDIO_CHUNK_STREAM
        self.session.link.send(chunk_stream, Message(kind, payload, timestamp_ms & 0xFFFFFFFF, self.session.stream_id))
        self.write(self.session.take_output())

    def write(self, data: bytes) -> None:
        """Any bytes."""
        self._writer.write(data)

    def reset(self) -> None:
        """End the connection as a machine does that does not know it (RST)."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def configurations(self, timestamp_ms: int = 0) -> None:
        """What is promised, and sequence headers of H.264 and AAC."""
        told = metadata_message(
            {"width": 1920, "audiocodecid": 10}, stream_id=self.session.stream_id, is_publishing=True
        )
        self.session.link.send(DATA_CHUNK_STREAM, told)
        self.send(MessageType.VIDEO, avc_config(), timestamp_ms)
        self.send(MessageType.AUDIO, aac_config(), timestamp_ms)

    def pictures(self, count: int, *, from_ms: int = 0) -> None:
        """Pictures and sound, 25 a second; the first is a key frame."""
        for index in range(count):
            self.send(MessageType.VIDEO, avc_frame(is_key=index == 0), from_ms + index * 40)
            self.send(MessageType.AUDIO, aac_frame(), from_ms + index * 40)

    async def close(self) -> None:
        """Gone, without a word."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.transport.abort()

    async def _read(self) -> None:
        self.session.begin()
        self.write(self.session.take_output())
        try:
            while data := await self._reader.read(65_536):
                events = self.session.receive(data, now=time.monotonic())
                self.write(self.session.take_output())
                async with self._heard:
                    self.events += events
                    self._heard.notify_all()
        except ConnectionError:
            pass
        finally:
            self.is_closed.set()


@asynccontextmanager
async def publisher(
    port: int, key: str, *, app: str = "live", tls: ssl.SSLContext | None = None, accepted: bool = True
) -> AsyncIterator[Publisher]:
    """A publisher, admitted unless `accepted` is false."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
    )
    made = Publisher(reader, writer, key, app)
    try:
        if accepted:
            assert await made.answered() == PublishAccepted()
        yield made
    finally:
        await made.close()
