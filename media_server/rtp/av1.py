"""AV1 in RTP payloads (RTP Payload Format For AV1, §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.rtp.errors import ParseError
from media_server.rtp.limits import MAX_ACCESS_UNIT_BYTES

_SEQUENCE_HEADER: Final = 1
_FRAMES: Final = frozenset({3, 6})
_MAX_LEB_BYTES: Final = 5


class Av1Payloads:
    """A `PayloadFormat` whose units are OBUs."""

    def __init__(self) -> None:
        self._fragments: list[bytes] = []
        self._size = 0

    def read(self, payload: bytes) -> list[bytes]:
        """See `PayloadFormat`."""
        if len(payload) < 2:
            self.reset()
            raise ParseError("AV1 payload is empty")
        continues, goes_on = payload[0] & 0x80, payload[0] & 0x40
        if bool(continues) != bool(self._fragments):
            self.reset()
            raise ParseError("AV1 fragment out of place")
        try:
            elements = _elements(payload)
        except ParseError:
            self.reset()
            raise
        whole: list[bytes] = []
        for index, element in enumerate(elements):
            self._fragments.append(element)
            self._size += len(element)
            if self._size > MAX_ACCESS_UNIT_BYTES:
                self.reset()
                raise ParseError("AV1 OBU is too large")
            if index < len(elements) - 1 or not goes_on:
                whole.append(b"".join(self._fragments))
                self.reset()
        return [obu for obu in whole if obu]

    def reset(self) -> None:
        """See `PayloadFormat`."""
        self._fragments.clear()
        self._size = 0

    @property
    def in_fragment(self) -> bool:
        """See `PayloadFormat`."""
        return bool(self._fragments)

    def begins_key_picture(self, payload: bytes) -> bool:
        """See `PayloadFormat`: the N bit says that a coded video sequence begins here."""
        return len(payload) > 1 and payload[0] & 0x88 == 0x08

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return any(_kind(obu) in _FRAMES for obu in units)

    def is_key(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`: senders put the sequence header before each key frame, and nowhere else."""
        return any(_kind(obu) == _SEQUENCE_HEADER for obu in units)


def _kind(obu: bytes) -> int:
    return obu[0] >> 3 & 0x0F


def _elements(payload: bytes) -> list[bytes]:
    """The OBU elements behind the aggregation header: with sizes, but for the last where their number is told."""
    count, position = payload[0] >> 4 & 0x03, 1
    elements: list[bytes] = []
    while position < len(payload):
        if count and len(elements) == count - 1:
            elements.append(payload[position:])
            return elements
        size, position = _size(payload, position)
        if position + size > len(payload):
            raise ParseError("AV1 element is longer than its packet")
        elements.append(payload[position : position + size])
        position += size
    if count and len(elements) != count:
        raise ParseError("AV1 packet has fewer elements than it says")
    return elements


def _size(payload: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_LEB_BYTES):
        if position + index >= len(payload):
            break
        byte = payload[position + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, position + index + 1
    raise ParseError("AV1 size is not one")
