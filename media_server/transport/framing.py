"""Datagrams on a stream: each behind its length in two bytes (RFC 4571 §2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MAX_FRAME_BYTES: Final = 1500
"""What a datagram of UDP may have too; nothing that WebRTC sends is longer."""
_LENGTH_BYTES: Final = 2


class FramingError(ValueError):
    """A frame that is longer than any datagram: what follows it cannot be found."""


class FrameReader:
    """Cuts what arrives into frames, however it was cut on its way. Holds less than one frame between calls."""

    def __init__(self) -> None:
        self._held = b""

    def receive(self, chunk: bytes) -> list[bytes]:
        """The frames that `chunk` completes, in order; empty ones are left out. Raises FramingError."""
        stream = self._held + chunk
        frames: list[bytes] = []
        position = 0
        while position + _LENGTH_BYTES <= len(stream):
            start = position + _LENGTH_BYTES
            length = int.from_bytes(stream[position:start], "big")
            if length > MAX_FRAME_BYTES:
                raise FramingError(f"a frame of {length} bytes")
            if start + length > len(stream):
                break
            if length:
                frames.append(stream[start : start + length])
            position = start + length
        self._held = stream[position:]
        return frames


def framed(datagrams: Iterable[bytes]) -> bytes:
    """`datagrams`, each of 1 to 65,535 bytes, as they are written to a stream."""
    return b"".join(len(datagram).to_bytes(_LENGTH_BYTES, "big") + datagram for datagram in datagrams)
