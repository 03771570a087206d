"""H.264 in RTP payloads (RFC 6184, packetization modes 0 and 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.rtp.errors import ParseError
from media_server.rtp.limits import MAX_ACCESS_UNIT_BYTES

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_DELIMITER: Final = 9
_SLICES: Final = range(1, 6)
_STAP_A: Final = 24
_FU_A: Final = 28


class NalUnitReader:
    """A `PayloadFormat`: takes the NAL units out of RTP payloads that come in order."""

    def __init__(self) -> None:
        self._fragments: list[bytes] = []
        self._size = 0

    def read(self, payload: bytes) -> list[bytes]:
        """The NAL units that are whole with this payload. Raises ParseError, and the fragment begun before is gone."""
        if not payload:
            return []
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._read_fragment(payload)
        if self._fragments:
            self.reset()
            raise ParseError("H.264 fragment without an end")
        if 0 < kind < _STAP_A:
            return [payload]
        if kind == _STAP_A:
            return _read_aggregate(payload)
        raise ParseError(f"H.264 packet type {kind} is not of packetization mode 1")

    def reset(self) -> None:
        """Forgets the fragment begun; called when packets are missing."""
        self._fragments.clear()
        self._size = 0

    @property
    def in_fragment(self) -> bool:
        """Whether a NAL unit was begun and not ended."""
        return bool(self._fragments)

    def begins_key_picture(self, payload: bytes) -> bool:
        """See `PayloadFormat`: it opens with a delimiter or an SPS."""
        if not payload:
            return False
        kind = payload[0] & 0x1F
        if kind == _STAP_A and len(payload) > 3:
            kind = payload[3] & 0x1F
        return kind in (NAL_SPS, NAL_DELIMITER)

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return any(nal[0] & 0x1F in _SLICES for nal in units)

    def is_key(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return any(nal[0] & 0x1F == NAL_IDR for nal in units)

    def _read_fragment(self, payload: bytes) -> list[bytes]:
        # RFC 6184 §5.8: FU indicator, FU header (S, E, R, type), then the fragment.
        if len(payload) < 3:
            raise ParseError("H.264 fragment is empty")
        header = payload[1]
        starts, ends, kind = header & 0x80, header & 0x40, header & 0x1F
        if bool(starts) == bool(self._fragments) or (starts and ends) or not 0 < kind < _STAP_A:
            self.reset()
            raise ParseError("H.264 fragment out of place")
        if starts:
            self._fragments.append(bytes((payload[0] & 0xE0 | kind,)))
        elif kind != self._fragments[0][0] & 0x1F:
            self.reset()
            raise ParseError("H.264 fragment changes its type")
        self._fragments.append(payload[2:])
        self._size += len(payload)
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self.reset()
            raise ParseError("H.264 NAL unit is too large")
        if not ends:
            return []
        nal = b"".join(self._fragments)
        self.reset()
        return [nal]


def _read_aggregate(payload: bytes) -> list[bytes]:
    """STAP-A (RFC 6184 §5.7.1): 16-bit sizes, each with a NAL unit."""
    nals: list[bytes] = []
    position, end = 1, len(payload)
    while position < end:
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if size == 0 or position + size > end:
            raise ParseError("H.264 aggregate does not fit its packet")
        nal = payload[position : position + size]
        if not 0 < nal[0] & 0x1F < _STAP_A:
            raise ParseError("H.264 aggregate inside an aggregate")
        nals.append(nal)
        position += size
    if not nals:
        raise ParseError("H.264 aggregate is empty")
    return nals
