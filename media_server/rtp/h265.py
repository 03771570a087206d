"""HEVC in RTP payloads (RFC 7798; without DONL fields, which WebRTC does not negotiate)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.rtp.errors import ParseError
from media_server.rtp.nal_units import NalFragments, read_sized

_RANDOM_ACCESS: Final = range(16, 22)
_FIRST_NON_PICTURE: Final = 32
_FIRST_OF_KEY: Final = frozenset({32, 33, 35})
"""VPS, SPS and delimiter."""
_AGGREGATE: Final = 48
_FRAGMENT: Final = 49


class H265Payloads:
    """A `PayloadFormat` whose units are NAL units."""

    def __init__(self) -> None:
        self._fragments = NalFragments("HEVC")

    def read(self, payload: bytes) -> list[bytes]:
        """See `PayloadFormat`."""
        if len(payload) < 3:
            self.reset()
            raise ParseError("HEVC payload is shorter than its header")
        kind = _kind(payload)
        if kind == _FRAGMENT:
            return self._read_fragment(payload)
        self._fragments.expect_none()
        if kind == _AGGREGATE:
            return _read_aggregate(payload)
        if kind > _FRAGMENT:
            raise ParseError(f"HEVC packet type {kind} is not taken")
        return [payload]

    def reset(self) -> None:
        """See `PayloadFormat`."""
        self._fragments.clear()

    @property
    def in_fragment(self) -> bool:
        """See `PayloadFormat`."""
        return self._fragments.is_open

    def begins_key_picture(self, payload: bytes) -> bool:
        """See `PayloadFormat`."""
        if len(payload) < 6:
            return False
        kind = _kind(payload)
        return (_kind(payload[4:]) if kind == _AGGREGATE else kind) in _FIRST_OF_KEY

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return any(_kind(nal) < _FIRST_NON_PICTURE for nal in units)

    def is_key(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return any(_kind(nal) in _RANDOM_ACCESS for nal in units)

    def _read_fragment(self, payload: bytes) -> list[bytes]:
        # §4.4.3: payload header, FU header (S, E, type), then the fragment.
        header = payload[2]
        starts, ends, kind = bool(header & 0x80), bool(header & 0x40), header & 0x3F
        if len(payload) < 4 or kind >= _AGGREGATE:
            self.reset()
            raise ParseError("HEVC fragment of no NAL unit")
        whole = bytes((payload[0] & 0x81 | kind << 1, payload[1]))
        nal = self._fragments.add(kind, whole, payload[3:], starts=starts, ends=ends)
        return [] if nal is None else [nal]


def _kind(nal: bytes) -> int:
    return nal[0] >> 1 & 0x3F


def _read_aggregate(payload: bytes) -> list[bytes]:
    """§4.4.2: 16-bit sizes, each with a NAL unit."""
    nals = read_sized(payload, 2, least=3, codec="HEVC")
    if any(_kind(nal) >= _AGGREGATE for nal in nals):
        raise ParseError("HEVC aggregate inside an aggregate")
    return nals
