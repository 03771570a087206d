"""What an SCTP packet must not hold, or aiortc would go through it for seconds, or for ever.

aiortc 1.16 steps over parameters by the length they give, which may be none, and counts through every gap of a
selective acknowledgement, of which one packet has room for millions of numbers.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

MAX_ACKNOWLEDGED: Final = 4_096
"""Chunks that the gaps of one packet may speak of: an association here never has a quarter of them on its way."""

_HEADER_BYTES: Final = 12
_CHUNK: Final = Struct("!BBH")
_PARAMETER: Final = Struct("!HH")
_GAP: Final = Struct("!HH")
_SACK: Final = 3
_SACK_BYTES: Final = 12
_PARAMETERS_AT: Final = {1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
"""Types of chunks that have parameters (RFC 9260 §3.3, RFC 6525 §3.1), and where in their bodies these begin."""


class SctpNonsense(ValueError):
    """A packet that no honest peer sends."""


def screen(packet: bytes) -> None:
    """Raises SctpNonsense. Chunks that are cut or longer than the packet are left to aiortc, which drops the packet."""
    position, acknowledged = _HEADER_BYTES, 0
    while position + _CHUNK.size <= len(packet):
        kind, _, length = _CHUNK.unpack_from(packet, position)
        if length < _CHUNK.size or position + length > len(packet):
            return
        body = packet[position + _CHUNK.size : position + length]
        if kind == _SACK:
            acknowledged += _gaps(body)
            if acknowledged > MAX_ACKNOWLEDGED:
                raise SctpNonsense("it acknowledges more than was ever sent")
        elif kind in _PARAMETERS_AT:
            _screen_parameters(body, _PARAMETERS_AT[kind])
        position += length + (-length % 4)


def _screen_parameters(body: bytes, position: int) -> None:
    while position + _PARAMETER.size <= len(body):
        _, length = _PARAMETER.unpack_from(body, position)
        if length < _PARAMETER.size:
            raise SctpNonsense("a parameter is shorter than its header")
        position += length + (-length % 4)


def _gaps(body: bytes) -> int:
    """How many chunks the gap blocks of an acknowledgement count (RFC 9260 §3.3.4)."""
    if len(body) < _SACK_BYTES:
        return 0
    end = _SACK_BYTES + _GAP.size * int.from_bytes(body[8:10], "big")
    counted = 0
    for position in range(_SACK_BYTES, min(end, len(body) - _GAP.size + 1), _GAP.size):
        first, last = _GAP.unpack_from(body, position)
        if not 0 < first <= last:
            raise SctpNonsense("a gap block ends before it begins")
        counted += last - first + 1
    return counted
