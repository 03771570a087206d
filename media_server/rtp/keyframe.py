"""Where key frames begin, by what an RTP payload shows without decoding it.

In all of these formats the marker bit ends a picture and its packets share a timestamp. Several packets of one key
frame may say that they begin it (parameter sets, then each slice): the first of a timestamp is the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable

from media_server.rtp.errors import ParseError
from media_server.rtp.vp8 import parse_descriptor

_H264_IDR, _H264_SPS, _H264_STAP_A, _H264_FU_A = 5, 7, 24, 28
_H265_IRAP = range(16, 22)
_H265_VPS, _H265_SPS, _H265_AP, _H265_FU = 32, 33, 48, 49


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Whether a packet of `codec` ("H264", "VP8", "VP9", "AV1", "H265") begins a key frame.

    False for other codecs and for payloads too broken to tell.
    """
    check = _CHECKS.get(codec)
    return check is not None and check(payload)


def _h264(payload: bytes) -> bool:
    """RFC 6184 §5.4 to §5.8: an SPS or IDR slice, alone, aggregated, or as the first fragment."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == _H264_FU_A:
        return len(payload) > 1 and payload[1] & 0x80 != 0 and payload[1] & 0x1F in (_H264_IDR, _H264_SPS)
    if kind == _H264_STAP_A:
        return any(unit[0] & 0x1F in (_H264_IDR, _H264_SPS) for unit in _aggregated(payload, 1))
    return kind in (_H264_IDR, _H264_SPS)


def _h265(payload: bytes) -> bool:
    """RFC 7798 §4.4: an IRAP slice or a VPS or SPS, alone, aggregated, or as the first fragment."""
    if len(payload) < 3:
        return False
    kind = payload[0] >> 1 & 0x3F
    if kind == _H265_FU:
        return payload[2] & 0x80 != 0 and _is_h265_key(payload[2] & 0x3F)
    if kind == _H265_AP:
        return any(_is_h265_key(unit[0] >> 1 & 0x3F) for unit in _aggregated(payload, 2))
    return _is_h265_key(kind)


def _is_h265_key(kind: int) -> bool:
    return kind in _H265_IRAP or kind in (_H265_VPS, _H265_SPS)


def _aggregated(payload: bytes, position: int) -> list[bytes]:
    """The non-empty units of an aggregation packet, each after its 16-bit size, as far as they are whole."""
    units: list[bytes] = []
    while position + 2 < len(payload):
        stop = position + 2 + int.from_bytes(payload[position : position + 2], "big")
        if stop > len(payload):
            break
        if stop > position + 2:
            units.append(payload[position + 2 : stop])
        position = stop
    return units


def _vp8(payload: bytes) -> bool:
    """RFC 7741 §4.3: the P bit of the frame header is clear at the start of partition 0."""
    try:
        descriptor = parse_descriptor(payload)
    except ParseError:
        return False
    return descriptor.is_frame_start and len(payload) > descriptor.size and payload[descriptor.size] & 0x01 == 0


def _vp9(payload: bytes) -> bool:
    """RFC 9628 §4.2: begins a frame, is not inter-picture predicted, and is of the lowest spatial layer."""
    if not payload:
        return False
    first = payload[0]
    is_predicted, has_layers, begins = first & 0x40, first & 0x20, first & 0x08
    if is_predicted or not begins:
        return False
    if not has_layers:
        return True
    layers = 1 if not first & 0x80 else 3 if len(payload) > 1 and payload[1] & 0x80 else 2
    return len(payload) > layers and payload[layers] >> 1 & 0x07 == 0


def _av1(payload: bytes) -> bool:
    """AV1 RTP payload §4.4: the N bit says that a coded video sequence begins here."""
    return len(payload) > 1 and payload[0] & 0x08 != 0


_CHECKS: dict[str, Callable[[bytes], bool]] = {"H264": _h264, "VP8": _vp8, "VP9": _vp9, "AV1": _av1, "H265": _h265}
