"""The file that holds a track's waveform twice: as an overview and in full."""

import struct
from dataclasses import dataclass
from enum import StrEnum

MAGIC = b"NRSWAVE1"
COLUMN_BYTES = 4
"""A column is peak, low, mid and high, each 0 to 255."""
# How many columns the overview has, how many all of it has, how many of those a second, and zero.
HEADER = struct.Struct("<8sIIfI")


class UnreadableWaveform(ValueError):
    """This is no waveform file, or one of a later version."""


class Detail(StrEnum):
    """OVERVIEW has 1,200 columns at most, FULL 150 a second."""

    OVERVIEW = "overview"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes from `start`."""

    start: int
    length: int


def span_of(header: bytes, detail: Detail) -> Span:
    """Where in the file the columns are, by its first HEADER.size bytes. Raises UnreadableWaveform."""
    if len(header) < HEADER.size:
        raise UnreadableWaveform("shorter than its header")
    magic, overview, full, _, _ = HEADER.unpack_from(header)
    if magic != MAGIC:
        raise UnreadableWaveform(f"begins with {magic!r}")
    if detail is Detail.OVERVIEW:
        return Span(HEADER.size, overview * COLUMN_BYTES)
    return Span(HEADER.size + overview * COLUMN_BYTES, full * COLUMN_BYTES)
