"""H.264 to RTP (RFC 6184), packetization mode 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.codecs.h264 import NAL_DELIMITER, NAL_FILLER, NAL_PPS, NAL_SEI, NAL_SPS
from media_server.codecs.nal import split_lengths
from media_server.egress.rtp.fragments import MAX_PAYLOAD_BYTES, aggregate, pieces
from media_server.hub.frames import Frame

_STAP_A: Final = 24
_FU_A: Final = 28
_LEFT_OUT: Final = frozenset({NAL_SEI, NAL_SPS, NAL_PPS, NAL_DELIMITER, NAL_FILLER})
"""SEI, delimiters and fillers tell a browser nothing; parameter sets are those of the track's format."""


class H264Packetizer:
    """SPS and PPS in one STAP-A before each key frame, FU-A for what is longer than a packet."""

    def __init__(self, parameter_sets: Sequence[bytes]) -> None:
        self._sets = list(parameter_sets)

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one picture. Raises CodecError."""
        payloads = self._parameter_sets() if frame.is_key else []
        for nal in split_lengths(frame.data):
            kind = nal[0] & 0x1F
            if kind not in _LEFT_OUT:
                payloads += _payloads(nal)
        return payloads

    def _parameter_sets(self) -> list[bytes]:
        # §5.7.1: the aggregate has the highest NRI of what is in it.
        header = bytes((max((nal[0] & 0x60 for nal in self._sets), default=0) | _STAP_A,))
        whole = aggregate(header, self._sets) if self._sets else None
        return [whole] if whole is not None else [payload for nal in self._sets for payload in _payloads(nal)]


def _payloads(nal: bytes) -> list[bytes]:
    return [nal] if len(nal) <= MAX_PAYLOAD_BYTES else _fragments(nal)


def _fragments(nal: bytes) -> list[bytes]:
    # §5.8: FU indicator, FU header (start, end, type), then the NAL unit without its first byte.
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 0x1F
    return [
        bytes((indicator, 0x80 * is_first | 0x40 * is_last | kind)) + piece
        for piece, is_first, is_last in pieces(nal, MAX_PAYLOAD_BYTES - 2, start=1)
    ]
