"""A player over a real socket, which may stop reading."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media_server.hub.frames import Frame
from media_server.rtmp.commands import command_message, parse_command
from media_server.rtmp.handshake import ClientHandshake
from media_server.rtmp.link import Link
from media_server.rtmp.messages import COMMAND_CHUNK_STREAM, Message, MessageType
from media_server.rtmp.tracks import EncoderTracks
from tests.media_server.ingest.stage import Stage
from tests.media_server.rtmp.messages import Sink

_BUFFER_BYTES = 16_384


class Player:
    """Asks for `name`; keeps frames, and codes of `onStatus`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        self.codes: list[object] = []
        self._sink = Sink()
        self._tracks = EncoderTracks(self._sink)
        self._name = name
        self._handshake = ClientHandshake()
        self._link = Link(self._handshake)
        self._reader, self._writer = reader, writer
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._now = 0.0
        self._reading = asyncio.create_task(self._read())
        self._is_closed = asyncio.Event()

    def frames(self, track_id: str) -> list[Frame]:
        """What came of a track."""
        self._now += 1.0
        self._tracks.poll(now=self._now)
        return self._sink.frames.get(track_id, [])

    def formats(self) -> dict[str, str]:
        """The codecs of the tracks it was told at the beginning."""
        return {name: track.format.codec for name, track in self._sink.begun[0].items()}

    def pause(self) -> None:
        """Read no more."""
        self._may_read.clear()

    def go_on(self) -> None:
        """Read again."""
        self._may_read.set()

    def is_caught_up(self, here: Stage) -> bool:
        """Whether the server has nothing left to send to anybody."""
        connections = here.server._wiring.connections
        return not any(each._line.unsent_bytes for each in connections)

    async def closed(self) -> None:
        """Wait until the server has ended the connection."""
        async with asyncio.timeout(10):
            await self._is_closed.wait()

    async def close(self) -> None:
        """Gone."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.transport.abort()

    async def _read(self) -> None:
        self._writer.write(self._handshake.begin())
        has_asked = False
        try:
            while data := await self._reader.read(4096):
                for message in self._link.receive(data, now=self._now):
                    self._take(message)
                if self._link.is_open and not has_asked:
                    has_asked = True
                    self._link.send(COMMAND_CHUNK_STREAM, command_message("connect", 1, {"app": "live"}))
                    self._link.send(COMMAND_CHUNK_STREAM, command_message("createStream", 2, None))
                    self._link.send(COMMAND_CHUNK_STREAM, command_message("play", 3, None, self._name, stream_id=1))
                self._writer.write(self._link.take_output())
                await self._may_read.wait()
        except ConnectionError:
            pass
        finally:
            self._is_closed.set()

    def _take(self, message: Message) -> None:
        if message.type_id == MessageType.VIDEO:
            self._tracks.video(message.payload, message.timestamp, now=self._now)
        elif message.type_id == MessageType.AUDIO:
            self._tracks.audio(message.payload, message.timestamp, now=self._now)
        elif message.type_id == MessageType.COMMAND_AMF0:
            command = parse_command(message)
            if command.name == "onStatus":
                self.codes.append(command.object(1).get("code"))


@asynccontextmanager
async def player(port: int, stream_id: str, token: str) -> AsyncIterator[Player]:
    """A player that has asked for the stream."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=_BUFFER_BYTES)
    made = Player(reader, writer, f"{stream_id}?token={token}")
    try:
        yield made
    finally:
        await made.close()
