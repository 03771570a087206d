"""Parameter sets out of decoder configuration records, as NAL units of a sample (ISO/IEC 14496-15)."""

import struct

LENGTH_BYTES = 4
AVCC_SETS = 5
HVCC_ARRAYS = 22


class ParameterSetsUnfit(ValueError):
    """The record cannot be read, or is of samples with other lengths than ours."""


def parameter_sets(codec: str, record: bytes) -> bytes:
    """What of the record a decoder needs before the next key frame, each NAL unit after its length in four bytes; empty
    for codecs whose key frames say it themselves. Raises ParameterSetsUnfit."""
    try:
        if codec == "h264":
            units = _of_avcc(record)
        elif codec == "hevc":
            units = _of_hvcc(record)
        else:
            return b""
    except (IndexError, struct.error) as error:
        raise ParameterSetsUnfit("cut off") from error
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def _of_avcc(record: bytes) -> list[bytes]:
    _check_length(record[4])
    units: list[bytes] = []
    position = AVCC_SETS
    for mask in (0x1F, 0xFF):  # the counts of sequence and of picture parameter sets
        count, position = record[position] & mask, position + 1
        for _ in range(count):
            unit, position = _unit(record, position)
            units.append(unit)
    return units


def _of_hvcc(record: bytes) -> list[bytes]:
    _check_length(record[21])
    units: list[bytes] = []
    position = HVCC_ARRAYS + 1
    for _ in range(record[HVCC_ARRAYS]):
        (count,) = struct.unpack_from(">H", record, position + 1)
        position += 3
        for _ in range(count):
            unit, position = _unit(record, position)
            units.append(unit)
    return units


def _unit(record: bytes, position: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", record, position)
    end = position + 2 + length
    if end > len(record):
        raise ParameterSetsUnfit("cut off")
    return record[position + 2 : end], end


def _check_length(byte: int) -> None:
    if (byte & 3) + 1 != LENGTH_BYTES:
        raise ParameterSetsUnfit("lengths of another size")
