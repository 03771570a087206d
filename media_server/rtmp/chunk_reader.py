"""Chunks put together to messages (Adobe RTMP 1.0 §5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from media_server.rtmp.errors import RtmpError
from media_server.rtmp.messages import MAX_MESSAGE_BYTES, Message

MAX_CHUNK_STREAMS: Final = 64
MAX_UNFINISHED_BYTES: Final = MAX_MESSAGE_BYTES + (2 << 20)
"""Of all messages that have begun and not ended, on all chunk streams."""
DEFAULT_CHUNK_BYTES: Final = 128
MAX_CHUNK_BYTES: Final = 0xFFFFFF
_EXTENDED: Final = 0xFFFFFF
_HEADER_BYTES: Final = (11, 7, 3, 0)


@dataclass(slots=True)
class _ChunkStream:
    timestamp: int = 0
    delta: int = 0
    extended: int | None = None
    """The four bytes after the newest header of type 0 to 2, when it had them."""
    size: int = 0
    type_id: int = 0
    stream_id: int = 0
    body: bytearray = field(default_factory=bytearray)


class ChunkReader:
    """Fed with bytes as they come. What has begun is bounded; more than that raises RtmpError."""

    def __init__(self) -> None:
        self._chunk_bytes = DEFAULT_CHUNK_BYTES
        self._streams: dict[int, _ChunkStream] = {}
        self._buffer = b""
        self._unfinished = 0
        self._current: _ChunkStream | None = None
        self._left = 0
        """Bytes of the chunk of `_current` that are still to come."""

    @property
    def is_amid_message(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._unfinished > 0

    def set_chunk_bytes(self, size: int) -> None:
        """The peer's chunks are up to this long from now on. Raises RtmpError."""
        if not 1 <= size <= 0x7FFFFFFF:
            raise RtmpError("a chunk size makes no sense")
        self._chunk_bytes = min(size, MAX_CHUNK_BYTES)

    def abort(self, chunk_stream_id: int) -> None:
        """What has begun on that chunk stream will not be ended (§5.4.2)."""
        stream = self._streams.get(chunk_stream_id)
        if stream is not None:
            self._unfinished -= len(stream.body)
            stream.body.clear()

    def receive(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete with `data`. Raises RtmpError.

        Each is to be obeyed before the next is asked for: a chunk size holds for the chunk after it.
        """
        # What is left over is the beginning of a header, at most: bodies are taken as they come.
        buffer = self._buffer + data if self._buffer else data
        at = 0
        try:
            while True:
                if self._current is None:
                    begun = self._header(buffer, at)
                    if begun is None:
                        return
                    at = begun
                at, message = self._body(buffer, at)
                if message is not None:
                    yield message
                elif self._left:
                    return
        finally:
            self._buffer = buffer[at:]

    def _body(self, buffer: bytes, at: int) -> tuple[int, Message | None]:
        stream = self._current
        if stream is None:
            return at, None
        end = at + self._left
        if self._left == stream.size and end <= len(buffer):
            # One chunk, and all of it is here: most messages are, when their sender has taken our chunk size over.
            self._current, self._left = None, 0
            return end, Message(stream.type_id, buffer[at:end], stream.timestamp, stream.stream_id)
        end = min(end, len(buffer))
        with memoryview(buffer) as view:
            stream.body += view[at:end]
        self._left -= end - at
        self._unfinished += end - at
        if self._unfinished > MAX_UNFINISHED_BYTES:
            raise RtmpError("too much has begun that does not end")
        if self._left:
            return end, None
        self._current = None
        if len(stream.body) < stream.size:
            return end, None
        payload = bytes(stream.body)
        self._unfinished -= len(payload)
        stream.body.clear()
        return end, Message(stream.type_id, payload, stream.timestamp, stream.stream_id)

    def _header(self, buffer: bytes, at: int) -> int | None:
        """Read the header of the next chunk. Where its body begins, or None while the header is not here whole."""
        here = len(buffer)
        if at >= here:
            return None
        form, chunk_stream_id = buffer[at] >> 6, buffer[at] & 0x3F
        at += 1
        if chunk_stream_id < 2:
            wide = 1 + chunk_stream_id
            if at + wide > here:
                return None
            chunk_stream_id = 64 + int.from_bytes(buffer[at : at + wide], "little")
            at += wide
        header_end = at + _HEADER_BYTES[form]
        if header_end > here:
            return None
        stream = self._stream(chunk_stream_id, form)
        field_24 = int.from_bytes(buffer[at : at + 3], "big")
        is_extended = field_24 == _EXTENDED if form < 3 else stream.extended is not None
        end = header_end
        extended: int | None = None
        if is_extended:
            if header_end + 4 > here:
                return None
            extended = int.from_bytes(buffer[header_end : header_end + 4], "big")
            end += 4
        if form == 3:
            if is_extended and extended != stream.extended:
                # §5.3.1.3 has it repeated on type 3, and some encoders leave it out: then these are the body.
                end -= 4
            if not stream.body:
                self._begin(stream, stream.delta)
        else:
            if stream.body:
                raise RtmpError("a message begins before the one before it has ended")
            stream.extended = extended
            if form < 2:
                stream.size = int.from_bytes(buffer[at + 3 : at + 6], "big")
                stream.type_id = buffer[at + 6]
            if form == 0:
                stream.stream_id = int.from_bytes(buffer[at + 7 : at + 11], "little")
                stream.timestamp, stream.delta = 0, 0
            told = field_24 if extended is None else extended
            self._begin(stream, told)
            # Type 3 after type 0: by §5.3.1.2.4 it moves on by the stamp itself, and nobody means that.
            stream.delta = told if form else 0
        self._current = stream
        self._left = min(self._chunk_bytes, stream.size - len(stream.body))
        return end

    def _begin(self, stream: _ChunkStream, delta: int) -> None:
        if stream.size > MAX_MESSAGE_BYTES:
            raise RtmpError("a message is too long")
        stream.timestamp = stream.timestamp + delta & 0xFFFFFFFF

    def _stream(self, chunk_stream_id: int, form: int) -> _ChunkStream:
        stream = self._streams.get(chunk_stream_id)
        if stream is None:
            if form == 3:
                raise RtmpError("a chunk goes on with what has not begun")
            if len(self._streams) >= MAX_CHUNK_STREAMS:
                raise RtmpError("too many chunk streams")
            stream = self._streams[chunk_stream_id] = _ChunkStream()
        return stream
