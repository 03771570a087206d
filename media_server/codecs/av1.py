"""AV1: OBUs and the sequence header (AV1 bitstream specification §5), and the av1C record (AV1-ISOBMFF §2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from media_server.codecs.bits import BitReader, packed
from media_server.codecs.errors import CodecError

OBU_SEQUENCE_HEADER: Final = 1
OBU_TEMPORAL_DELIMITER: Final = 2
OBU_FRAME_HEADER: Final = 3
OBU_TILE_LIST: Final = 8
OBU_FRAME: Final = 6
OBU_PADDING: Final = 15

_SELECT: Final = 2
_SRGB: Final = (1, 13, 0)
_MAX_LEB_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Obu:
    """One open bitstream unit; `extension` is the byte of temporal and spatial ids, if it has one."""

    kind: int
    payload: bytes
    extension: int | None = None


@dataclass(frozen=True, slots=True)
class SequenceHeader:
    """What a sequence header says; `width` and `height` are the largest in pixels, `level` is seq_level_idx."""

    profile: int
    level: int
    tier: int
    bit_depth: int
    is_monochrome: bool
    subsampling: tuple[int, int]
    sample_position: int
    width: int
    height: int


def split_obus(data: bytes) -> list[Obu]:
    """The OBUs of a temporal unit; the last may have no size. Raises CodecError."""
    obus: list[Obu] = []
    position = 0
    while position < len(data):
        header = data[position]
        if header & 0x80:
            raise CodecError("AV1 OBU has its forbidden bit set")
        position += 1
        extension: int | None = None
        if header & 0x04:
            if position >= len(data):
                raise CodecError("AV1 OBU ends early")
            extension = data[position]
            position += 1
        size = len(data) - position
        if header & 0x02:
            size, position = read_leb128(data, position)
        if position + size > len(data):
            raise CodecError("AV1 OBU is longer than its temporal unit")
        obus.append(Obu(header >> 3 & 0x0F, data[position : position + size], extension))
        position += size
    return obus


def join_obus(obus: Iterable[Obu]) -> bytes:
    """A temporal unit as files have it: each OBU with its size, delimiters, padding and tile lists left out."""
    pieces: list[bytes] = []
    for obu in obus:
        if obu.kind in (OBU_TEMPORAL_DELIMITER, OBU_PADDING, OBU_TILE_LIST):
            continue
        header = obu.kind << 3 | 0x02 | (0x04 if obu.extension is not None else 0)
        extension = b"" if obu.extension is None else bytes((obu.extension,))
        pieces += (bytes((header,)), extension, write_leb128(len(obu.payload)), obu.payload)
    return b"".join(pieces)


def read_leb128(data: bytes, position: int) -> tuple[int, int]:
    """(value, where it ends) of a leb128 (§4.10.5). Raises CodecError."""
    value = 0
    for index in range(_MAX_LEB_BYTES):
        if position + index >= len(data):
            break
        byte = data[position + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            if value > 0xFFFFFFFF:
                break
            return value, position + index + 1
    raise CodecError("AV1 size is not one")


def write_leb128(value: int) -> bytes:
    """The shortest leb128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def is_key_unit(obus: Iterable[Obu]) -> bool:
    """Whether decoding may start with this temporal unit: a sequence header, then a shown key frame."""
    has_header = False
    for obu in obus:
        if obu.kind == OBU_SEQUENCE_HEADER:
            has_header = True
        elif obu.kind in (OBU_FRAME, OBU_FRAME_HEADER):
            # §5.9.2: show_existing_frame (1), frame_type (2, KEY_FRAME is 0), show_frame (1).
            return has_header and len(obu.payload) > 0 and obu.payload[0] & 0xF0 == 0x10
    return False


def parse_sequence_header(payload: bytes) -> SequenceHeader:
    """Reads the payload of a sequence header OBU (§5.5). Raises CodecError."""
    reader = BitReader(payload[:256])
    profile = reader.bits(3)
    if profile > 2:
        raise CodecError("AV1 profile does not exist")
    reader.skip(1)
    reduced = reader.flag()
    level = tier = 0
    if reduced:
        level = reader.bits(5)
    else:
        level, tier = _operating_points(reader)
    width_bits, height_bits = reader.bits(4) + 1, reader.bits(4) + 1
    width, height = reader.bits(width_bits) + 1, reader.bits(height_bits) + 1
    if not reduced and reader.flag():
        reader.skip(7)
    reader.skip(3)
    if not reduced:
        reader.skip(4)
        has_order_hint = reader.flag()
        if has_order_hint:
            reader.skip(2)
        screen_content = _SELECT if reader.flag() else reader.bits(1)
        if screen_content > 0 and not reader.flag():
            reader.skip(1)
        if has_order_hint:
            reader.skip(3)
    reader.skip(3)
    depth, is_monochrome, subsampling, position = _color(reader, profile)
    return SequenceHeader(profile, level, tier, depth, is_monochrome, subsampling, position, width, height)


def build_av1c(sequence_header: bytes) -> bytes:
    """The av1C record of a sequence header OBU's payload. Raises CodecError."""
    header = parse_sequence_header(sequence_header)
    fields = packed(
        (1, 1), (1, 7), (header.profile, 3), (header.level, 5), (header.tier, 1), (header.bit_depth > 8, 1),
        (header.bit_depth == 12, 1), (header.is_monochrome, 1), (header.subsampling[0], 1), (header.subsampling[1], 1),
        (header.sample_position, 2), (0, 8),
    )  # fmt: skip
    return fields + join_obus((Obu(OBU_SEQUENCE_HEADER, sequence_header),))


def parse_av1c(record: bytes) -> SequenceHeader:
    """The sequence header of an av1C record. Raises CodecError, also for one that has none: its size is not known."""
    if len(record) < 4 or record[0] != 0x81:
        raise CodecError("not an av1C record")
    for obu in split_obus(record[4:]):
        if obu.kind == OBU_SEQUENCE_HEADER:
            return parse_sequence_header(obu.payload)
    raise CodecError("av1C record lacks the sequence header")


def _operating_points(reader: BitReader) -> tuple[int, int]:
    """(seq_level_idx, seq_tier) of the first operating point."""
    delay_bits = 0
    has_model = False
    if reader.flag():
        reader.skip(64)
        if reader.flag():
            reader.unsigned()
        has_model = reader.flag()
        if has_model:
            delay_bits = reader.bits(5) + 1
            reader.skip(42)
    has_display_delay = reader.flag()
    levels: list[tuple[int, int]] = []
    for _ in range(reader.bits(5) + 1):
        reader.skip(12)
        level = reader.bits(5)
        levels.append((level, reader.bits(1) if level > 7 else 0))
        if has_model and reader.flag():
            reader.skip(2 * delay_bits + 1)
        if has_display_delay and reader.flag():
            reader.skip(4)
    return levels[0]


def _color(reader: BitReader, profile: int) -> tuple[int, bool, tuple[int, int], int]:
    """color_config() (§5.5.2): bit depth, monochrome, subsampling and where chroma is sampled."""
    high = reader.flag()
    depth = 8 + 2 * high
    if profile == 2 and high:
        depth = 12 if reader.flag() else 10
    is_monochrome = profile != 1 and reader.flag()
    description = (2, 2, 2)
    if reader.flag():
        description = (reader.bits(8), reader.bits(8), reader.bits(8))
    if is_monochrome:
        return depth, True, (1, 1), 0
    if description == _SRGB:
        return depth, False, (0, 0), 0
    reader.skip(1)
    if profile == 0:
        subsampling = (1, 1)
    elif profile == 1:
        subsampling = (0, 0)
    elif depth == 12:
        across = reader.bits(1)
        subsampling = (across, reader.bits(1) if across else 0)
    else:
        subsampling = (1, 0)
    return depth, False, subsampling, reader.bits(2) if subsampling == (1, 1) else 0
