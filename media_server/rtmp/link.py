"""What both sides of a connection do alike: handshake, chunks, acknowledgements, pings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from media_server.rtmp.chunk_reader import ChunkReader
from media_server.rtmp.chunk_writer import CHUNK_BYTES, ChunkWriter
from media_server.rtmp.handshake import ClientHandshake, ServerHandshake
from media_server.rtmp.messages import (
    CONTROL_CHUNK_STREAM,
    Message,
    MessageType,
    UserControl,
    number_message,
    number_of,
    unpacked,
    user_control_message,
)

DEFAULT_WINDOW_BYTES: Final = 2_500_000
_MEDIA: Final = frozenset({int(MessageType.AUDIO), int(MessageType.VIDEO)})
_MIN_WINDOW_BYTES: Final = 4096


class Link:
    """Sans-IO. `receive` gives the messages that are not its own; what is to be sent is had by `take_output`.

    What is queued between two calls of it is bounded by what was received, and by whoever sends.
    """

    def __init__(self, handshake: ServerHandshake | ClientHandshake) -> None:
        self.bytes_received = 0
        self.rtt_s: float | None = None
        self._handshake = handshake
        self._reader = ChunkReader()
        self._writer = ChunkWriter()
        self._output: list[bytes] = []
        self._window = DEFAULT_WINDOW_BYTES
        self._acknowledged = 0
        self._pinged_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done."""
        return self._handshake.is_done

    @property
    def is_amid_message(self) -> bool:
        """Whether a part of a message is here."""
        return self._reader.is_amid_message

    def write(self, data: bytes) -> None:
        """Bytes that are no chunks."""
        self._output.append(data)

    def send(self, chunk_stream_id: int, message: Message) -> None:
        """Queue a message."""
        self._output.append(self._writer.write(chunk_stream_id, message))

    def take_output(self) -> bytes:
        """All that is to be sent."""
        if not self._output:
            return b""
        output, self._output = b"".join(self._output), []
        return output

    def announce_chunk_size(self) -> None:
        """Our chunks are longer from here on."""
        self.send(CONTROL_CHUNK_STREAM, number_message(MessageType.SET_CHUNK_SIZE, CHUNK_BYTES))
        self._writer.chunk_bytes = CHUNK_BYTES

    def ping(self, *, now: float) -> None:
        """Ask for a sign of life; the answer sets `rtt_s`."""
        self._pinged_at = now
        self.send(CONTROL_CHUNK_STREAM, user_control_message(UserControl.PING_REQUEST, int(now * 1000)))

    def receive(self, data: bytes, *, now: float) -> Iterator[Message]:
        """The messages of the upper half in `data`. Raises RtmpError. Obey each before the next is asked for."""
        self.bytes_received += len(data)
        if not self._handshake.is_done:
            answer, data = self._handshake.receive(data)
            if answer:
                self._output.append(answer)
            if not self._handshake.is_done:
                return
        for message in self._reader.receive(data):
            if message.type_id in _MEDIA:
                yield message
            elif message.type_id == MessageType.AGGREGATE:
                yield from unpacked(message)
            elif not self._obey(message, now):
                yield message
        if self.bytes_received - self._acknowledged >= self._window:
            self._acknowledged = self.bytes_received
            told = number_message(MessageType.ACKNOWLEDGEMENT, self.bytes_received & 0xFFFFFFFF)
            self.send(CONTROL_CHUNK_STREAM, told)

    def _obey(self, message: Message, now: float) -> bool:
        """Whether the message was one of ours."""
        kind = message.type_id
        if kind == MessageType.SET_CHUNK_SIZE:
            self._reader.set_chunk_bytes(number_of(message))
        elif kind == MessageType.ABORT:
            self._reader.abort(number_of(message))
        elif kind == MessageType.WINDOW_SIZE:
            # Half of it, so that a peer that waits for us has never to.
            self._window = max(_MIN_WINDOW_BYTES, number_of(message) // 2)
        elif kind == MessageType.USER_CONTROL:
            self._user_control(message, now)
        elif kind not in (MessageType.ACKNOWLEDGEMENT, MessageType.PEER_BANDWIDTH):
            return False
        return True

    def _user_control(self, message: Message, now: float) -> None:
        event = int.from_bytes(message.payload[:2], "big")
        if event == UserControl.PING_REQUEST:
            told = user_control_message(UserControl.PING_RESPONSE, number_of(message, at=2))
            self.send(CONTROL_CHUNK_STREAM, told)
        elif event == UserControl.PING_RESPONSE and self._pinged_at is not None:
            self.rtt_s = max(0.0, now - self._pinged_at)
            self._pinged_at = None
