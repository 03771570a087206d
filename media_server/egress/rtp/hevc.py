"""HEVC to RTP (RFC 7798), without decoding order numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.codecs.hevc import NAL_DELIMITER, NAL_FILLER, PARAMETER_SETS, nal_type
from media_server.codecs.nal import split_lengths
from media_server.egress.rtp.fragments import MAX_PAYLOAD_BYTES, aggregate, pieces
from media_server.hub.frames import Frame

_AGGREGATION: Final = 48
_FRAGMENTATION: Final = 49
_SEI: Final = (39, 40)
_LEFT_OUT: Final = frozenset({*PARAMETER_SETS, NAL_DELIMITER, NAL_FILLER, *_SEI})
"""Parameter sets are those of the track's format; delimiters, fillers and SEI tell a browser nothing."""


class HevcPacketizer:
    """VPS, SPS and PPS in one aggregation packet before each key frame, fragments for what is longer than a packet."""

    def __init__(self, parameter_sets: Sequence[bytes]) -> None:
        self._sets = list(parameter_sets)

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one picture. Raises CodecError."""
        payloads = self._parameter_sets() if frame.is_key else []
        for nal in split_lengths(frame.data):
            if len(nal) > 2 and nal_type(nal) not in _LEFT_OUT:
                payloads += _payloads(nal)
        return payloads

    def _parameter_sets(self) -> list[bytes]:
        whole = aggregate(bytes((_AGGREGATION << 1, 1)), self._sets) if self._sets else None
        return [whole] if whole is not None else [payload for nal in self._sets for payload in _payloads(nal)]


def _payloads(nal: bytes) -> list[bytes]:
    return [nal] if len(nal) <= MAX_PAYLOAD_BYTES else _fragments(nal)


def _fragments(nal: bytes) -> list[bytes]:
    # §4.4.3: a payload header of type 49, FU header (start, end, type), then the NAL unit without its two bytes.
    header = bytes((nal[0] & 0x81 | _FRAGMENTATION << 1, nal[1]))
    kind = nal_type(nal)
    return [
        header + bytes((0x80 * is_first | 0x40 * is_last | kind,)) + piece
        for piece, is_first, is_last in pieces(nal, MAX_PAYLOAD_BYTES - 3, start=2)
    ]
