"""What H.264 parameter sets say: picture size and profile (ITU-T H.264 §7.3.2.1.1), and the avcC record of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from media_server.rtp.errors import ParseError

MAX_DIMENSION: Final = 16_384
"""Above every level of H.264; what claims more is nonsense."""

_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_CROP_UNITS: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """The part of a sequence parameter set that a player is told; `width` and `height` in pixels after cropping."""

    profile: int
    constraints: int
    level: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    height: int


class _BitReader:
    """Reads the raw byte sequence payload of a NAL unit; a read past the end raises ParseError."""

    def __init__(self, payload: bytes) -> None:
        self._value = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def bits(self, count: int) -> int:
        if count > self._left:
            raise ParseError("H.264 parameter set ends early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """ue(v), §9.1."""
        zeros = 0
        while self.bits(1) == 0:
            zeros += 1
            if zeros > 32:
                raise ParseError("H.264 Exp-Golomb code is too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v), §9.1.1."""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


@lru_cache(maxsize=64)
def parse_sequence_parameters(nal: bytes) -> SequenceParameters:
    """Reads an SPS NAL unit, header byte included, up to the cropping. Raises ParseError."""
    if len(nal) < 4 or nal[0] & 0x1F != 7:
        raise ParseError("not an H.264 sequence parameter set")
    if len(nal) > 1024:
        raise ParseError("H.264 sequence parameter set is too long")
    # §7.4.1.1: an emulation prevention byte follows each pair of zero bytes that could look like a start code.
    reader = _BitReader(nal[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile, constraints, level = reader.bits(8), reader.bits(8), reader.bits(8)
    reader.unsigned()
    chroma, luma_depth, chroma_depth, separate_planes = 1, 8, 8, False
    if profile in _HIGH_PROFILES:
        chroma = reader.unsigned()
        separate_planes = chroma == 3 and reader.bits(1) == 1
        luma_depth, chroma_depth = 8 + reader.unsigned(), 8 + reader.unsigned()
        reader.bits(1)
        if reader.bits(1):
            _skip_scaling_matrix(reader, 12 if chroma == 3 else 8)
    if chroma not in _CROP_UNITS or not (luma_depth <= 14 and chroma_depth <= 14):
        raise ParseError("H.264 chroma format or bit depth does not exist")
    reader.unsigned()
    _skip_picture_order(reader)
    reader.unsigned()
    reader.bits(1)
    width = 16 * (reader.unsigned() + 1)
    map_units = reader.unsigned() + 1
    frames_only = reader.bits(1)
    height = 16 * (2 - frames_only) * map_units
    if not frames_only:
        reader.bits(1)
    reader.bits(1)
    if reader.bits(1):
        unit_x, unit_y = (1, 1) if separate_planes else _CROP_UNITS[chroma]
        width -= unit_x * (reader.unsigned() + reader.unsigned())
        height -= unit_y * (2 - frames_only) * (reader.unsigned() + reader.unsigned())
    if not (0 < width <= MAX_DIMENSION and 0 < height <= MAX_DIMENSION):
        raise ParseError("H.264 picture size is out of range")
    return SequenceParameters(profile, constraints, level, chroma, luma_depth, chroma_depth, width, height)


def avc_decoder_configuration(sps: bytes, pps: bytes) -> bytes:
    """The avcC record of one SPS and one PPS, 4-byte lengths (ISO/IEC 14496-15 §5.3.3.1). Raises ParseError."""
    parameters = parse_sequence_parameters(sps)
    if not 1 < len(pps) <= 0xFFFF or pps[0] & 0x1F != 8:
        raise ParseError("not an H.264 picture parameter set")
    record = b"".join(
        (
            b"\x01" + sps[1:4] + b"\xff\xe1",
            len(sps).to_bytes(2, "big") + sps,
            b"\x01" + len(pps).to_bytes(2, "big") + pps,
        )
    )
    if parameters.profile in _HIGH_PROFILES:
        depths = (0xF8 | parameters.bit_depth_luma - 8, 0xF8 | parameters.bit_depth_chroma - 8)
        record += bytes((0xFC | parameters.chroma_format, *depths, 0))
    return record


def _skip_scaling_matrix(reader: _BitReader, lists: int) -> None:
    for index in range(lists):
        if not reader.bits(1):
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + reader.signed()) & 0xFF
            last = following or last


def _skip_picture_order(reader: _BitReader) -> None:
    kind = reader.unsigned()
    if kind == 0:
        reader.unsigned()
    elif kind == 1:
        reader.bits(1)
        reader.signed()
        reader.signed()
        count = reader.unsigned()
        if count > 255:
            raise ParseError("H.264 picture order cycle is too long")
        for _ in range(count):
            reader.signed()
    elif kind != 2:
        raise ParseError("H.264 picture order count type does not exist")
