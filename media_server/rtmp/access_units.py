"""Access units as the hub has them, from access units as encoders send them."""

from __future__ import annotations

from typing import Final

from media_server.codecs import av1, h264, hevc
from media_server.codecs.nal import first_bytes, join_lengths, split_lengths
from media_server.rtmp.formats import h264_format, hevc_format

_H264_LEFT_OUT: Final = frozenset({h264.NAL_SPS, h264.NAL_PPS, h264.NAL_DELIMITER, h264.NAL_FILLER})
_HEVC_LEFT_OUT: Final = frozenset({*hevc.PARAMETER_SETS, hevc.NAL_DELIMITER, hevc.NAL_FILLER})
# What the first byte of such a NAL unit may be.
_H264_FIRSTS: Final = bytes(first for first in range(256) if first & 0x1F in _H264_LEFT_OUT)
_HEVC_FIRSTS: Final = bytes(first for first in range(256) if first >> 1 & 0x3F in _HEVC_LEFT_OUT)


class AvcUnits:
    """H.264: parameter sets, delimiters and filler are taken out; sets among them may make another format."""

    def __init__(self, config: bytes) -> None:
        """`config` is the encoder's avcC record. Raises CodecError."""
        record = h264.parse_avcc(config)
        self.format = h264_format(record.sps, record.pps)
        self._length_size = record.length_size
        self._sets = (record.sps, record.pps)

    def take(self, data: bytes) -> bytes:
        """One access unit; `format` is what it is decoded with. Raises CodecError."""
        firsts = first_bytes(data, length_size=self._length_size)
        is_as_it_is = len(firsts.translate(None, _H264_FIRSTS)) == len(firsts)
        if is_as_it_is and self._length_size == 4:
            return data
        nals = split_lengths(data, length_size=self._length_size)
        if is_as_it_is:
            return join_lengths(nals)
        pairs = [(first & 0x1F, nal) for first, nal in zip(firsts, nals, strict=True)]
        sps = tuple(nal for kind, nal in pairs if kind == h264.NAL_SPS) or self._sets[0]
        pps = tuple(nal for kind, nal in pairs if kind == h264.NAL_PPS) or self._sets[1]
        if (sps, pps) != self._sets:
            self.format = h264_format(sps, pps)
            self._sets = (sps, pps)
        return join_lengths(nal for kind, nal in pairs if kind not in _H264_LEFT_OUT)


class HevcUnits:
    """HEVC: the same."""

    def __init__(self, config: bytes) -> None:
        """`config` is the encoder's hvcC record. Raises CodecError."""
        record = hevc.parse_hvcc(config)
        self.format = hevc_format(record.vps, record.sps, record.pps)
        self._length_size = record.length_size
        self._sets = (record.vps, record.sps, record.pps)

    def take(self, data: bytes) -> bytes:
        """One access unit; `format` is what it is decoded with. Raises CodecError."""
        firsts = first_bytes(data, length_size=self._length_size)
        is_as_it_is = len(firsts.translate(None, _HEVC_FIRSTS)) == len(firsts)
        if is_as_it_is and self._length_size == 4:
            return data
        nals = split_lengths(data, length_size=self._length_size)
        if is_as_it_is:
            return join_lengths(nals)
        pairs = [(first >> 1 & 0x3F, nal) for first, nal in zip(firsts, nals, strict=True)]
        vps, sps, pps = (
            tuple(nal for found, nal in pairs if found == kind) or before
            for kind, before in zip(hevc.PARAMETER_SETS, self._sets, strict=True)
        )
        if (vps, sps, pps) != self._sets:
            self.format = hevc_format(vps, sps, pps)
            self._sets = (vps, sps, pps)
        return join_lengths(nal for kind, nal in pairs if kind not in _HEVC_LEFT_OUT)


def without_delimiters(unit: bytes) -> bytes:
    """An AV1 temporal unit without the delimiter at its start. Raises CodecError."""
    if unit and unit[0] >> 3 & 0x0F == av1.OBU_TEMPORAL_DELIMITER:
        return av1.join_obus(av1.split_obus(unit))
    return unit
