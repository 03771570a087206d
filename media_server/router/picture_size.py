"""How large the pictures of a stream are, by what its key frames say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from media_server.codecs import av1, h264, hevc, vp8, vp9
from media_server.codecs.errors import CodecError
from media_server.rtp.av1 import Av1Payloads
from media_server.rtp.errors import ParseError
from media_server.rtp.h264 import NalUnitReader
from media_server.rtp.h265 import H265Payloads
from media_server.rtp.vp8 import parse_descriptor
from media_server.rtp.vp9 import parse_vp9_descriptor

Size = tuple[int, int]

_HEVC_SPS: Final = 33


def picture_size(codec: str, payload: bytes) -> Size | None:
    """(width, height) in pixels, by a packet that starts a key frame; None where it does not tell."""
    read = _READERS.get(codec)
    if read is None:
        return None
    try:
        return read(payload)
    except (ParseError, CodecError):
        return None


def _vp8(payload: bytes) -> Size | None:
    return vp8.key_frame_size(payload[parse_descriptor(payload).size :])


def _vp9(payload: bytes) -> Size | None:
    descriptor = parse_vp9_descriptor(payload)
    if descriptor.sizes:
        return descriptor.sizes[-1]
    key = vp9.parse_key_frame(payload[descriptor.size :])
    return key.width, key.height


def _h264(payload: bytes) -> Size | None:
    for unit in NalUnitReader().read(payload):
        if unit and unit[0] & 0x1F == h264.NAL_SPS:
            parameters = h264.parse_sequence_parameters(unit)
            return parameters.width, parameters.height
    return None


def _h265(payload: bytes) -> Size | None:
    for unit in H265Payloads().read(payload):
        if len(unit) > 1 and unit[0] >> 1 & 0x3F == _HEVC_SPS:
            parameters = hevc.parse_sequence_parameters(unit)
            return parameters.width, parameters.height
    return None


def _av1(payload: bytes) -> Size | None:
    for unit in Av1Payloads().read(payload):
        for obu in av1.split_obus(unit):
            if obu.kind == av1.OBU_SEQUENCE_HEADER:
                header = av1.parse_sequence_header(obu.payload)
                return header.width, header.height
    return None


_READERS: Final[Mapping[str, Callable[[bytes], Size | None]]] = {
    "VP8": _vp8,
    "VP9": _vp9,
    "H264": _h264,
    "H265": _h265,
    "AV1": _av1,
}
