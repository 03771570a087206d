"""NAL units cut into fragments, or packed together, as the payload formats of H.264 and HEVC alike have them."""

from __future__ import annotations

from media_server.rtp.errors import ParseError
from media_server.rtp.limits import MAX_ACCESS_UNIT_BYTES


class NalFragments:
    """One NAL unit that comes in fragments. Whatever raises ParseError forgets what was begun."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._parts: list[bytes] = []
        self._kind = 0
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether a NAL unit was begun and not ended."""
        return bool(self._parts)

    def add(self, kind: int, header: bytes, fragment: bytes, *, starts: bool, ends: bool) -> bytes | None:
        """The NAL unit that ends with `fragment`, with the header that the first one had; each says the same `kind`."""
        if starts == self.is_open or (starts and ends):
            raise self._broken("fragment out of place")
        if starts:
            self._kind = kind
            self._parts.append(header)
        elif kind != self._kind:
            raise self._broken("fragment changes its type")
        self._parts.append(fragment)
        self._size += len(fragment)
        if self._size > MAX_ACCESS_UNIT_BYTES:
            raise self._broken("NAL unit is too large")
        if not ends:
            return None
        nal = b"".join(self._parts)
        self.clear()
        return nal

    def expect_none(self) -> None:
        """Something else came. Raises ParseError where a fragment had to follow."""
        if self._parts:
            raise self._broken("fragment without an end")

    def clear(self) -> None:
        """Forget the unit begun."""
        self._parts.clear()
        self._size = 0

    def _broken(self, reason: str) -> ParseError:
        self.clear()
        return ParseError(f"{self._codec} {reason}")


def read_sized(payload: bytes, position: int, *, least: int, codec: str) -> list[bytes]:
    """The units of an aggregate from `position` on: 16-bit sizes, each with a unit of `least` bytes or more.

    Raises ParseError.
    """
    units: list[bytes] = []
    while position < len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if size < least or position + size > len(payload):
            raise ParseError(f"{codec} aggregate does not fit its packet")
        units.append(payload[position : position + size])
        position += size
    return units
