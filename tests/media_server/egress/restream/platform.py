"""Platforms that take streams, or do not: our own RTMP server, and sockets that misbehave."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from media_server.egress.restream.multistream import Multistream
from media_server.egress.restream.target import Pace, Surroundings
from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.hub.hub import Hub
from tests.media_server.rtmp.messages import AAC_CONFIG, AVCC, unit

FAST = Pace(first_s=0.05, longest_s=0.2, refused_first_s=0.1, refused_longest_s=0.4)
VIDEO = Track("video", "video", TrackFormat("h264", AVCC, 1920, 1080))
AUDIO = Track("audio", "audio", TrackFormat("aac", AAC_CONFIG, sample_rate=48_000, channels=2))

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Show:
    """A room's hub with a picture and a sound, 25 frames a second of its own time, as fast as a test likes."""

    hub: Hub = field(default_factory=Hub)
    at: int = 0

    def begin(self) -> Show:
        self.hub.begin([VIDEO, AUDIO], now=0.0)
        return self

    def frames(self, count: int, *, key_each: int = 25, size: int = 100) -> None:
        """`count` pictures, each with its sound."""
        for _ in range(count):
            dts = self.at * 3600
            is_key = self.at % key_each == 0
            body = unit((b"\x65" if is_key else b"\x41") + self.at.to_bytes(4, "big") + b"x" * size)
            self.hub.push("video", Frame(dts, dts, is_key, body), now=0.0)
            self.hub.push("audio", Frame(dts, dts, True, b"sound"), now=0.0)
            self.at += 1

    async def goes_on(self, until: Callable[[], bool], *, size: int = 100, timeout_s: float = 15.0) -> None:
        """Send pictures until `until()`."""
        async with asyncio.timeout(timeout_s):
            while not until():
                self.frames(1, size=size)
                await asyncio.sleep(0.005)


@asynccontextmanager
async def multistream(hub: Hub, *, pace: Pace = FAST, tls: ssl.SSLContext | None = None) -> AsyncIterator[Multistream]:
    """Targets of `hub`, closed at the end."""
    around = Surroundings(
        clock=time.monotonic,
        unix_at_zero=time.time() - time.monotonic(),
        tls=tls or ssl.create_default_context(),
        allow_private=True,
        pace=pace,
    )
    made = Multistream(hub, around)
    try:
        yield made
    finally:
        made.close()
        await made.gone()


@asynccontextmanager
async def misbehaving(handler: Handler, *, receive_bytes: int | None = None) -> AsyncIterator[int]:
    """The port of a server that treats each connection with `handler`."""
    sock = socket.socket()
    if receive_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.bind(("127.0.0.1", 0))
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        await handler(reader, writer)

    server = await asyncio.start_server(serve, sock=sock)
    try:
        yield int(sock.getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
