"""Messages cut into chunks (Adobe RTMP 1.0 §5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.rtmp.chunk_reader import DEFAULT_CHUNK_BYTES
from media_server.rtmp.messages import Message

CHUNK_BYTES: Final = 65_536
"""What we announce. The default of 128 bytes costs a header for each tenth of a packet."""
_EXTENDED: Final = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class _Written:
    timestamp: int
    size: int
    type_id: int
    stream_id: int


class ChunkWriter:
    """One direction of a connection. Chunk streams 2 to 63, whose basic header is one byte."""

    def __init__(self) -> None:
        self.chunk_bytes = DEFAULT_CHUNK_BYTES
        self._written: dict[int, _Written] = {}

    def write(self, chunk_stream_id: int, message: Message) -> bytes:
        """`message` as chunks. A message never begins with type 3, which readers understand in two ways."""
        if not 2 <= chunk_stream_id < 64:
            raise ValueError("only chunk streams of one byte are written")
        payload, size = message.payload, len(message.payload)
        before = self._written.get(chunk_stream_id)
        delta = message.timestamp - before.timestamp if before is not None else -1
        self._written[chunk_stream_id] = _Written(message.timestamp, size, message.type_id, message.stream_id)
        # A stamp that goes back cannot be told as a difference, and extended ones are clearest when they are whole.
        if before is None or before.stream_id != message.stream_id or not 0 <= delta < _EXTENDED:
            form, told = 0, message.timestamp
        else:
            form, told = (2 if (before.size, before.type_id) == (size, message.type_id) else 1), delta
        header = bytes((form << 6 | chunk_stream_id,)) + min(told, _EXTENDED).to_bytes(3, "big")
        if form < 2:
            header += size.to_bytes(3, "big") + bytes((message.type_id,))
        if form == 0:
            header += message.stream_id.to_bytes(4, "little")
        extended = told.to_bytes(4, "big") if told >= _EXTENDED else b""
        if size <= self.chunk_bytes:
            return header + extended + payload
        separator = bytes((0xC0 | chunk_stream_id,)) + extended
        parts = [payload[at : at + self.chunk_bytes] for at in range(0, size, self.chunk_bytes)]
        return header + extended + separator.join(parts)
