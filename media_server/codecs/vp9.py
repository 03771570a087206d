"""VP9: the uncompressed header of a key frame (VP9 bitstream specification §6.2), and the vpcC record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.codecs.bits import BitReader, packed
from media_server.codecs.errors import CodecError

_SYNC_CODE: Final = 0x498342
_SRGB: Final = 7
_FULL_BOX: Final = b"\x01\x00\x00\x00"
_UNSPECIFIED: Final = 2
# Annex A: the largest picture in samples of each level, by its number times ten.
_LEVELS: Final = (
    (36_864, 10), (73_728, 11), (122_880, 20), (245_760, 21), (552_960, 30), (983_040, 31), (2_228_224, 40),
    (8_912_896, 50), (35_651_584, 60),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What the header of a key frame says; sizes in pixels, `subsampling` of chroma across and down."""

    profile: int
    bit_depth: int
    subsampling: tuple[int, int]
    is_full_range: bool
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class VpConfiguration:
    """A vpcC record (VP codec ISO media file format binding §2.2); `level` is ten times its number."""

    profile: int
    level: int
    bit_depth: int


def is_key_frame(frame: bytes) -> bool:
    """Whether a frame, or superframe, can be decoded without others."""
    try:
        return _starts_key_frame(BitReader(frame[:16])) is not None
    except CodecError:
        return False


def parse_key_frame(frame: bytes) -> KeyFrame:
    """Raises CodecError, also for a frame that is no key frame."""
    reader = BitReader(frame[:32])
    profile = _starts_key_frame(reader)
    if profile is None:
        raise CodecError("not a VP9 key frame")
    depth = 8
    if profile >= 2:
        depth = 12 if reader.flag() else 10
    space = reader.bits(3)
    full_range, subsampling = True, (0, 0)
    if space != _SRGB:
        full_range, subsampling = reader.flag(), (1, 1)
        if profile in (1, 3):
            subsampling = (reader.bits(1), reader.bits(1))
            reader.skip(1)
    elif profile in (1, 3):
        reader.skip(1)
    else:
        raise CodecError("VP9 picture is RGB in a profile without")
    return KeyFrame(profile, depth, subsampling, full_range, reader.bits(16) + 1, reader.bits(16) + 1)


def build_vpcc(frame: bytes) -> bytes:
    """The vpcC record, without the version of its box, of a key frame. Raises CodecError."""
    key = parse_key_frame(frame)
    samples = key.width * key.height
    level = next((level for most, level in _LEVELS if samples <= most), 62)
    # 4:2:0 with chroma at the luma sample, 4:2:2, 4:4:4.
    chroma = {(1, 1): 1, (1, 0): 2}.get(key.subsampling, 3)
    return packed(
        (key.profile, 8), (level, 8), (key.bit_depth, 4), (chroma, 3), (key.is_full_range, 1),
        (_UNSPECIFIED, 8), (_UNSPECIFIED, 8), (_UNSPECIFIED, 8), (0, 16),
    )  # fmt: skip


def parse_vpcc(record: bytes) -> VpConfiguration:
    """Reads a vpcC record, with or without the version of its box. Raises CodecError."""
    if record[:4] == _FULL_BOX:
        record = record[4:]
    if len(record) < 8:
        raise CodecError("vpcC record ends early")
    profile, level, depth = record[0], record[1], record[2] >> 4
    if profile > 3 or depth not in (8, 10, 12):
        raise CodecError("not a vpcC record")
    return VpConfiguration(profile, level, depth)


def _starts_key_frame(reader: BitReader) -> int | None:
    """The profile, when the header up to its sync code is that of a key frame."""
    if reader.bits(2) != 2:
        return None
    profile = reader.bits(1) | reader.bits(1) << 1
    if profile == 3:
        reader.skip(1)
    if reader.flag() or reader.flag():
        return None
    reader.skip(2)
    return profile if reader.bits(24) == _SYNC_CODE else None
