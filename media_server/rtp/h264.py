"""H.264 in RTP payloads (RFC 6184, packetization modes 0 and 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.rtp.errors import ParseError
from media_server.rtp.nal_units import NalFragments, read_sized

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_DELIMITER: Final = 9
_SLICES: Final = range(1, 6)
_STAP_A: Final = 24
_FU_A: Final = 28


class NalUnitReader:
    """A `PayloadFormat`: takes the NAL units out of RTP payloads that come in order."""

    def __init__(self) -> None:
        self._fragments = NalFragments("H.264")

    def read(self, payload: bytes) -> list[bytes]:
        """The NAL units that are whole with this payload. Raises ParseError, and the fragment begun before is gone."""
        if not payload:
            return []
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._read_fragment(payload)
        self._fragments.expect_none()
        if 0 < kind < _STAP_A:
            return [payload]
        if kind == _STAP_A:
            return _read_aggregate(payload)
        raise ParseError(f"H.264 packet type {kind} is not of packetization mode 1")

    def reset(self) -> None:
        """Forgets the fragment begun; called when packets are missing."""
        self._fragments.clear()

    @property
    def in_fragment(self) -> bool:
        """Whether a NAL unit was begun and not ended."""
        return self._fragments.is_open

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
        starts, ends, kind = bool(header & 0x80), bool(header & 0x40), header & 0x1F
        if not 0 < kind < _STAP_A:
            self.reset()
            raise ParseError("H.264 fragment of no NAL unit")
        whole = bytes((payload[0] & 0xE0 | kind,))
        nal = self._fragments.add(kind, whole, payload[2:], starts=starts, ends=ends)
        return [] if nal is None else [nal]


def _read_aggregate(payload: bytes) -> list[bytes]:
    """STAP-A (RFC 6184 §5.7.1): 16-bit sizes, each with a NAL unit."""
    nals = read_sized(payload, 1, least=1, codec="H.264")
    if not nals:
        raise ParseError("H.264 aggregate is empty")
    if not all(0 < nal[0] & 0x1F < _STAP_A for nal in nals):
        raise ParseError("H.264 aggregate inside an aggregate")
    return nals
