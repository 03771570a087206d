"""H.264: what a sequence parameter set says (ITU-T H.264 §7.3.2.1.1, annex E), and the avcC record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from media_server.codecs.bits import BitReader
from media_server.codecs.errors import CodecError
from media_server.codecs.nal import raw_payload

NAL_IDR: Final = 5
NAL_SEI: Final = 6
NAL_SPS: Final = 7
NAL_PPS: Final = 8
NAL_DELIMITER: Final = 9
NAL_FILLER: Final = 12

MAX_DIMENSION: Final = 16_384
"""Above every level of H.264; what claims more is nonsense."""
MAX_PARAMETER_SET_BYTES: Final = 1024

_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_CROP_UNITS: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
_BASELINE: Final = 66
_EXTENDED_ASPECT_RATIO: Final = 255


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """The part of a sequence parameter set that a player is told; `width` and `height` in pixels after cropping.

    `reorder_frames` is how many pictures may precede another in decoding and follow it in display, None when the set
    does not say; `frame_rate` that of its timing, None without one.
    """

    profile: int
    constraints: int
    level: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    height: int
    reorder_frames: int | None = None
    frame_rate: float | None = None


@dataclass(frozen=True, slots=True)
class AvcConfiguration:
    """An avcC record: parameter sets as NAL units, and of how many bytes the lengths in access units are."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int = 4


@lru_cache(maxsize=64)
def parse_sequence_parameters(nal: bytes) -> SequenceParameters:
    """Reads an SPS NAL unit, header byte included. Raises CodecError; a VUI that is broken only says nothing."""
    if len(nal) < 4 or nal[0] & 0x1F != NAL_SPS:
        raise CodecError("not an H.264 sequence parameter set")
    if len(nal) > MAX_PARAMETER_SET_BYTES:
        raise CodecError("H.264 sequence parameter set is too long")
    reader = BitReader(raw_payload(nal, header_size=1))
    profile, constraints, level = reader.bits(8), reader.bits(8), reader.bits(8)
    reader.unsigned()
    chroma, luma_depth, chroma_depth, separate_planes = 1, 8, 8, False
    if profile in _HIGH_PROFILES:
        chroma = reader.unsigned()
        separate_planes = chroma == 3 and reader.flag()
        luma_depth, chroma_depth = 8 + reader.unsigned(), 8 + reader.unsigned()
        reader.skip(1)
        if reader.flag():
            _skip_scaling_matrix(reader, 12 if chroma == 3 else 8)
    if chroma not in _CROP_UNITS or not (luma_depth <= 14 and chroma_depth <= 14):
        raise CodecError("H.264 chroma format or bit depth does not exist")
    reader.unsigned()
    order_type = _skip_picture_order(reader)
    reader.unsigned()
    reader.skip(1)
    width = 16 * (reader.unsigned() + 1)
    map_units = reader.unsigned() + 1
    frames_only = reader.bits(1)
    height = 16 * (2 - frames_only) * map_units
    if not frames_only:
        reader.skip(1)
    reader.skip(1)
    if reader.flag():
        unit_x, unit_y = (1, 1) if separate_planes else _CROP_UNITS[chroma]
        width -= unit_x * (reader.unsigned() + reader.unsigned())
        height -= unit_y * (2 - frames_only) * (reader.unsigned() + reader.unsigned())
    if not (0 < width <= MAX_DIMENSION and 0 < height <= MAX_DIMENSION):
        raise CodecError("H.264 picture size is out of range")
    reorder, frame_rate = _usability(reader)
    if profile == _BASELINE or order_type == 2:
        # No B slices in the one, output in the order of decoding in the other (§8.2.1.3).
        reorder = 0
    return SequenceParameters(
        profile, constraints, level, chroma, luma_depth, chroma_depth, width, height, reorder, frame_rate
    )


def parse_avcc(record: bytes) -> AvcConfiguration:
    """Reads an avcC record (ISO/IEC 14496-15 §5.3.3.1), its sequence parameter sets too. Raises CodecError."""
    if len(record) < 7 or record[0] != 1:
        raise CodecError("not an avcC record")
    sps, position = _read_sets(record, 6, record[5] & 0x1F, NAL_SPS)
    if position >= len(record):
        raise CodecError("avcC record ends early")
    pps, _ = _read_sets(record, position + 1, record[position], NAL_PPS)
    if not sps or not pps:
        raise CodecError("avcC record lacks parameter sets")
    for each in sps:
        parse_sequence_parameters(each)
    return AvcConfiguration(sps, pps, (record[4] & 0x03) + 1)


def build_avcc(sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    """The avcC record of these parameter sets, with four-byte lengths. Raises CodecError."""
    if not 0 < len(sps) < 32 or not 0 < len(pps) < 256:
        raise CodecError("avcC record needs parameter sets, 31 and 255 at most")
    if any(not 1 < len(each) <= 0xFFFF or each[0] & 0x1F != NAL_PPS for each in pps):
        raise CodecError("not an H.264 picture parameter set")
    for each in sps:
        parse_sequence_parameters(each)
    parameters = parse_sequence_parameters(sps[0])
    record = b"".join(
        (
            b"\x01" + sps[0][1:4] + bytes((0xFF, 0xE0 | len(sps))),
            *(len(each).to_bytes(2, "big") + each for each in sps),
            bytes((len(pps),)),
            *(len(each).to_bytes(2, "big") + each for each in pps),
        )
    )
    if parameters.profile in _HIGH_PROFILES:
        depths = (0xF8 | parameters.bit_depth_luma - 8, 0xF8 | parameters.bit_depth_chroma - 8)
        record += bytes((0xFC | parameters.chroma_format, *depths, 0))
    return record


def _read_sets(record: bytes, position: int, count: int, kind: int) -> tuple[tuple[bytes, ...], int]:
    sets: list[bytes] = []
    for _ in range(count):
        start = position + 2
        position = start + int.from_bytes(record[position:start], "big")
        if position > len(record) or position - start < 2:
            raise CodecError("avcC record ends early")
        if record[start] & 0x1F != kind:
            raise CodecError("avcC record has a parameter set of another kind")
        sets.append(record[start:position])
    return tuple(sets), position


def _skip_scaling_matrix(reader: BitReader, lists: int) -> None:
    for index in range(lists):
        if not reader.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + reader.signed()) & 0xFF
            last = following or last


def _skip_picture_order(reader: BitReader) -> int:
    """Gives pic_order_cnt_type."""
    kind = reader.unsigned()
    if kind == 0:
        reader.unsigned()
    elif kind == 1:
        reader.skip(1)
        reader.signed()
        reader.signed()
        count = reader.unsigned()
        if count > 255:
            raise CodecError("H.264 picture order cycle is too long")
        for _ in range(count):
            reader.signed()
    elif kind != 2:
        raise CodecError("H.264 picture order count type does not exist")
    return kind


def _usability(reader: BitReader) -> tuple[int | None, float | None]:
    """(max_num_reorder_frames, frames a second) of the VUI, each None when it is not there or cannot be read."""
    frame_rate: float | None = None
    try:
        if not reader.flag():
            return None, None
        if reader.flag() and reader.bits(8) == _EXTENDED_ASPECT_RATIO:
            reader.skip(32)
        if reader.flag():
            reader.skip(1)
        if reader.flag():
            reader.skip(4)
            if reader.flag():
                reader.skip(24)
        if reader.flag():
            reader.unsigned()
            reader.unsigned()
        if reader.flag():
            units, scale = reader.bits(32), reader.bits(32)
            reader.skip(1)
            # A tick is a field: two of them make a frame.
            frame_rate = scale / (2 * units) if units and scale else None
        has_nal, has_vcl = _skip_hypothetical_decoder(reader), _skip_hypothetical_decoder(reader)
        if has_nal or has_vcl:
            reader.skip(1)
        reader.skip(1)
        if not reader.flag():
            return None, frame_rate
        reader.skip(1)
        for _ in range(4):
            reader.unsigned()
        return reader.unsigned(), frame_rate
    except CodecError:
        # Hardware encoders cut the VUI short; pictures decode all the same.
        return None, frame_rate


def _skip_hypothetical_decoder(reader: BitReader) -> bool:
    """Whether there were hrd_parameters() (annex E.1.2)."""
    if not reader.flag():
        return False
    count = reader.unsigned() + 1
    if count > 32:
        raise CodecError("H.264 HRD parameters are too many")
    reader.skip(8)
    for _ in range(count):
        reader.unsigned()
        reader.unsigned()
        reader.skip(1)
    reader.skip(20)
    return True
