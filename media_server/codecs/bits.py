"""Reads and writes bit fields, the most significant bit first."""

from __future__ import annotations

from typing import Final

from media_server.codecs.errors import CodecError

_MAX_GOLOMB_ZEROS: Final = 32


class BitReader:
    """Reads `data` from its first bit on. A read past the end raises CodecError."""

    __slots__ = ("_value", "left")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self.left = 8 * len(data)

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned number."""
        if count > self.left:
            raise CodecError("bit stream ends early")
        self.left -= count
        return (self._value >> self.left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Leaves `count` bits out."""
        self.bits(count)

    def unsigned(self) -> int:
        """ue(v): an Exp-Golomb code (ITU-T H.264 §9.1, H.265 §9.2)."""
        zeros = 0
        while self.bits(1) == 0:
            zeros += 1
            if zeros > _MAX_GOLOMB_ZEROS:
                raise CodecError("Exp-Golomb code is too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v) (ITU-T H.264 §9.1.1)."""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def packed(*fields: tuple[int, int]) -> bytes:
    """(value, bits) one after the other; the last byte is filled up with zeros."""
    value = count = 0
    for field, bits in fields:
        value = value << bits | field & ((1 << bits) - 1)
        count += bits
    padding = -count % 8
    return (value << padding).to_bytes((count + padding) // 8, "big")
