"""HEVC: what a sequence parameter set says (ITU-T H.265 §7.3.2.2), and the hvcC record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from media_server.codecs.bits import BitReader
from media_server.codecs.errors import CodecError
from media_server.codecs.nal import raw_payload

NAL_VPS: Final = 32
NAL_SPS: Final = 33
NAL_PPS: Final = 34
NAL_DELIMITER: Final = 35
NAL_FILLER: Final = 38
PARAMETER_SETS: Final = (NAL_VPS, NAL_SPS, NAL_PPS)
RANDOM_ACCESS: Final = range(16, 22)
"""NAL unit types of pictures that decoding may start at (BLA, IDR, CRA)."""

MAX_DIMENSION: Final = 16_384
MAX_PARAMETER_SET_BYTES: Final = 4096

_CROP_UNITS: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
_HEADER_BYTES: Final = 23
_PROFILE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """`profile_tier_level` is general_profile_space to general_level_idc, 12 bytes; sizes in pixels after cropping.

    `reorder_frames` is how many pictures may precede another in decoding and follow it in display.
    """

    profile_tier_level: bytes
    temporal_layers: int
    is_temporal_nested: bool
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    height: int
    reorder_frames: int


@dataclass(frozen=True, slots=True)
class HevcConfiguration:
    """An hvcC record: parameter sets as NAL units, and of how many bytes the lengths in access units are."""

    vps: tuple[bytes, ...]
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int = 4


def nal_type(nal: bytes) -> int:
    """nal_unit_type of a NAL unit (§7.3.1.2)."""
    return nal[0] >> 1 & 0x3F


@lru_cache(maxsize=64)
def parse_sequence_parameters(nal: bytes) -> SequenceParameters:
    """Reads an SPS NAL unit, header included, as far as the reordering. Raises CodecError."""
    if len(nal) < 3 or nal_type(nal) != NAL_SPS:
        raise CodecError("not an HEVC sequence parameter set")
    if len(nal) > MAX_PARAMETER_SET_BYTES:
        raise CodecError("HEVC sequence parameter set is too long")
    payload = raw_payload(nal, header_size=2)
    reader = BitReader(payload)
    reader.skip(4)
    layers, nested = reader.bits(3) + 1, reader.flag()
    if layers > 7:
        raise CodecError("HEVC has at most seven temporal layers")
    profile = bytes(reader.bits(8) for _ in range(_PROFILE_BYTES))
    _skip_sub_layers(reader, layers - 1)
    reader.unsigned()
    chroma = reader.unsigned()
    if chroma not in _CROP_UNITS:
        raise CodecError("HEVC chroma format does not exist")
    separate_planes = chroma == 3 and reader.flag()
    width, height = reader.unsigned(), reader.unsigned()
    if reader.flag():
        unit_x, unit_y = (1, 1) if separate_planes else _CROP_UNITS[chroma]
        width -= unit_x * (reader.unsigned() + reader.unsigned())
        height -= unit_y * (reader.unsigned() + reader.unsigned())
    if not (0 < width <= MAX_DIMENSION and 0 < height <= MAX_DIMENSION):
        raise CodecError("HEVC picture size is out of range")
    luma_depth, chroma_depth = 8 + reader.unsigned(), 8 + reader.unsigned()
    if luma_depth > 16 or chroma_depth > 16:
        raise CodecError("HEVC bit depth does not exist")
    reader.unsigned()
    every_layer = reader.flag()
    reorder = 0
    for _ in range(layers if every_layer else 1):
        reader.unsigned()
        reorder = reader.unsigned()
        reader.unsigned()
    return SequenceParameters(
        profile, layers, nested, chroma, luma_depth, chroma_depth, width, height, min(reorder, 16)
    )


def parse_hvcc(record: bytes) -> HevcConfiguration:
    """Reads an hvcC record (ISO/IEC 14496-15 §8.3.3.1), its sequence parameter sets too. Raises CodecError."""
    if len(record) < _HEADER_BYTES or record[0] != 1:
        raise CodecError("not an hvcC record")
    sets: dict[int, list[bytes]] = {kind: [] for kind in PARAMETER_SETS}
    position = _HEADER_BYTES
    for _ in range(record[22]):
        if position + 3 > len(record):
            raise CodecError("hvcC record ends early")
        kind = record[position] & 0x3F
        count = int.from_bytes(record[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            start = position + 2
            position = start + int.from_bytes(record[position:start], "big")
            if position > len(record) or position - start < 3:
                raise CodecError("hvcC record ends early")
            nal = record[start:position]
            if nal_type(nal) != kind:
                raise CodecError("hvcC record has a NAL unit of another kind")
            if kind in sets:
                sets[kind].append(nal)
    vps, sps, pps = (tuple(sets[kind]) for kind in PARAMETER_SETS)
    if not sps or not pps:
        raise CodecError("hvcC record lacks parameter sets")
    for each in sps:
        parse_sequence_parameters(each)
    return HevcConfiguration(vps, sps, pps, (record[21] & 0x03) + 1)


def build_hvcc(vps: Sequence[bytes], sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    """The hvcC record of these parameter sets, with four-byte lengths. Raises CodecError."""
    if not sps or not pps:
        raise CodecError("hvcC record needs parameter sets")
    for each in sps:
        parse_sequence_parameters(each)
    parameters = parse_sequence_parameters(sps[0])
    arrays: list[bytes] = []
    for kind, nals in zip(PARAMETER_SETS, (vps, sps, pps), strict=True):
        if any(not 2 < len(nal) <= 0xFFFF or nal_type(nal) != kind for nal in nals) or len(nals) > 64:
            raise CodecError("not an HEVC parameter set")
        if nals:
            # The sets are complete here, and none is in the access units.
            arrays.append(bytes((0x80 | kind,)) + len(nals).to_bytes(2, "big"))
            arrays += [len(nal).to_bytes(2, "big") + nal for nal in nals]
    layers = parameters.temporal_layers << 3 | parameters.is_temporal_nested << 2 | 3
    return b"".join(
        (
            b"\x01" + parameters.profile_tier_level,
            # No minimal spatial segmentation, parallelism unknown, average frame rate unknown.
            b"\xf0\x00\xfc",
            bytes((0xFC | parameters.chroma_format, 0xF8 | parameters.bit_depth_luma - 8)),
            bytes((0xF8 | parameters.bit_depth_chroma - 8, 0, 0, layers)),
            bytes((sum(1 for nals in (vps, sps, pps) if nals),)),
            *arrays,
        )
    )


def _skip_sub_layers(reader: BitReader, count: int) -> None:
    """The rest of profile_tier_level() (§7.3.3)."""
    present = [(reader.flag(), reader.flag()) for _ in range(count)]
    if count:
        reader.skip(2 * (8 - count))
    for has_profile, has_level in present:
        reader.skip(88 * has_profile + 8 * has_level)
