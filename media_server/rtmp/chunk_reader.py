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
_RUN_OF_BYTES: Final = 512
"""Chunks at least this long are taken several at once: of shorter ones too many would have to be looked at for it."""
_EXTENDED: Final = 0xFFFFFF
_HEADER_BYTES: Final = (11, 7, 3, 0)


@dataclass(slots=True)
class _ChunkStream:
    goes_on: bytes
    """The header of a chunk that goes on with a message; empty where it is longer than a byte."""
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
        here, at = len(buffer), 0
        try:
            while True:
                stream = self._current
                if stream is None:
                    begun = self._header(buffer, at)
                    if begun is None:
                        return
                    at, stream = begun
                end = at + self._left
                if end <= here and self._left == stream.size:
                    # One chunk, and all of it is here: most are, when their sender has taken our chunk size over.
                    self._current, self._left = None, 0
                    begins, at = at, end
                    yield Message(stream.type_id, buffer[begins:end], stream.timestamp, stream.stream_id)
                    continue
                at = self._take(stream, buffer, at)
                if self._left:
                    return
                self._current = None
                if len(stream.body) == stream.size:
                    payload = bytes(stream.body)
                    self._unfinished -= len(payload)
                    stream.body.clear()
                    yield Message(stream.type_id, payload, stream.timestamp, stream.stream_id)
        finally:
            self._buffer = buffer[at:]

    def _take(self, stream: _ChunkStream, buffer: bytes, at: int) -> int:
        """Add what is here of the chunk, and of those that follow it without another between. Where that ends."""
        body, size, before = stream.body, self._chunk_bytes, len(stream.body)
        if self._left == size >= _RUN_OF_BYTES and stream.extended is None and stream.goes_on:
            count = min((len(buffer) - at) // (size + 1), (stream.size - before - 1) // size)
            end = at + count * (size + 1)
            if count > 0 and buffer[at + size : end : size + 1] == stream.goes_on * count:
                body += b"".join([buffer[begins : begins + size] for begins in range(at, end, size + 1)])
                at = end
                self._left = min(size, stream.size - len(body))
        end = min(at + self._left, len(buffer))
        with memoryview(buffer) as view:
            body += view[at:end]
        self._left -= end - at
        self._unfinished += len(body) - before
        if self._unfinished > MAX_UNFINISHED_BYTES:
            raise RtmpError("too much has begun that does not end")
        return end

    def _header(self, buffer: bytes, at: int) -> tuple[int, _ChunkStream] | None:
        """Read the next chunk's header: where its body begins, and whose it is. None while it is not here whole."""
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
        end = at + _HEADER_BYTES[form]
        if end > here:
            return None
        stream = self._streams.get(chunk_stream_id) or self._new_stream(chunk_stream_id, form)
        if form == 3:
            extended = stream.extended
            if extended is not None:
                if end + 4 > here:
                    return None
                if int.from_bytes(buffer[end : end + 4], "big") == extended:
                    # §5.3.1.3 has it repeated on type 3, and some encoders leave it out: then these are the body.
                    end += 4
            if not stream.body:
                stream.timestamp = stream.timestamp + stream.delta & 0xFFFFFFFF
        else:
            told = int.from_bytes(buffer[at : at + 3], "big")
            extended = None
            if told == _EXTENDED:
                if end + 4 > here:
                    return None
                told = extended = int.from_bytes(buffer[end : end + 4], "big")
                end += 4
            if stream.body:
                raise RtmpError("a message begins before the one before it has ended")
            stream.extended = extended
            if form < 2:
                size_and_type = int.from_bytes(buffer[at + 3 : at + 7], "big")
                stream.size, stream.type_id = size_and_type >> 8, size_and_type & 0xFF
                if stream.size > MAX_MESSAGE_BYTES:
                    raise RtmpError("a message is too long")
            if form == 0:
                stream.stream_id = int.from_bytes(buffer[at + 7 : at + 11], "little")
                stream.timestamp = 0
            stream.timestamp = stream.timestamp + told & 0xFFFFFFFF
            # Type 3 after type 0: by §5.3.1.2.4 it moves on by the stamp itself, and nobody means that.
            stream.delta = told if form else 0
        self._current = stream
        self._left = min(self._chunk_bytes, stream.size - len(stream.body))
        return end, stream

    def _new_stream(self, chunk_stream_id: int, form: int) -> _ChunkStream:
        if form == 3:
            raise RtmpError("a chunk goes on with what has not begun")
        if len(self._streams) >= MAX_CHUNK_STREAMS:
            raise RtmpError("too many chunk streams")
        goes_on = bytes((0xC0 | chunk_stream_id,)) if chunk_stream_id < 64 else b""
        stream = self._streams[chunk_stream_id] = _ChunkStream(goes_on)
        return stream
