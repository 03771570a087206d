"""Blocks of deflate (RFC 1951) that are put together in any order. Each ends with a whole byte; none is the last."""

from __future__ import annotations

import zlib
from struct import pack
from typing import Final

LAST: Final = bytes((1, 0, 0, 0xFF, 0xFF))
"""The last block of all, stored and empty (§3.2.4)."""
_MAX_STORED: Final = 0xFFFF
_MAX_DISTANCE: Final = 1 << 15
_MIN_MATCH: Final = 3
_MAX_MATCH: Final = 258
_FIXED_CODES: Final = 0b010
"""§3.2.3: a block with fixed Huffman codes, not the last, the first bit lowest."""
_STORED_BLOCK: Final = 0b000
_HEADER_BITS: Final = 3
_END_OF_BLOCK: Final = 256


def compressed(plain: bytes, level: int) -> bytes:
    """Blocks that refer to nothing before them."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)


def stored(plain: bytes) -> bytes:
    """Blocks of the bytes as they are (§3.2.4)."""
    parts = (plain[start : start + _MAX_STORED] for start in range(0, len(plain), _MAX_STORED))
    return b"".join(pack("<BHH", _STORED_BLOCK, len(part), len(part) ^ 0xFFFF) + part for part in parts)


def can_repeat(length: int, distance: int) -> bool:
    """Whether there is a reference to `length` bytes that begin `distance` before."""
    return length == 0 or (length >= _MIN_MATCH and distance <= _MAX_DISTANCE)


def repeated(length: int, distance: int) -> bytes:
    """A block of references: the `length` bytes again that begin `distance` before. See `can_repeat`."""
    bits = _Bits()
    bits.add(_FIXED_CODES, _HEADER_BITS)
    while length:
        match = min(length, _MAX_MATCH)
        if 0 < length - match < _MIN_MATCH:
            match -= _MIN_MATCH
        bits.add_length(match)
        bits.add_distance(distance)
        length -= match
    bits.add_code(_END_OF_BLOCK)
    bits.add(_STORED_BLOCK, _HEADER_BITS)
    return bits.to_bytes() + pack("<HH", 0, 0xFFFF)


class _Bits:
    """Bits as §3.1.1 packs them: the first is the lowest of the first byte."""

    def __init__(self) -> None:
        self._value = 0
        self._count = 0

    def add(self, value: int, count: int) -> None:
        """A number of `count` bits."""
        self._value |= value << self._count
        self._count += count

    def add_code(self, symbol: int) -> None:
        """A length, or the end of the block, by its fixed Huffman code (§3.2.6)."""
        if symbol < 280:
            self._add_huffman(symbol - 256, 7)
        else:
            self._add_huffman(0b11000000 + symbol - 280, 8)

    def add_length(self, length: int) -> None:
        """3 to 258 (§3.2.5)."""
        beyond = length - _MIN_MATCH
        extra = max(beyond.bit_length() - 3, 0)
        if length == _MAX_MATCH:
            self.add_code(285)
        else:
            self.add_code(257 + 4 * extra + (beyond >> extra))
            self.add(beyond & ((1 << extra) - 1), extra)

    def add_distance(self, distance: int) -> None:
        """1 to 32,768 (§3.2.5)."""
        beyond = distance - 1
        extra = max(beyond.bit_length() - 2, 0)
        self._add_huffman(2 * extra + (beyond >> extra), 5)
        self.add(beyond & ((1 << extra) - 1), extra)

    def to_bytes(self) -> bytes:
        """With zeros up to a whole byte."""
        return self._value.to_bytes((self._count + 7) // 8, "little")

    def _add_huffman(self, code: int, count: int) -> None:
        """Of codes the highest bit comes first."""
        self.add(int(f"{code:0{count}b}"[::-1], 2), count)
