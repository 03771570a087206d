"""Arithmetic on numbers that wrap: 16-bit sequence numbers and 32-bit RTP timestamps."""

from __future__ import annotations

SEQUENCE_BITS = 16
TIMESTAMP_BITS = 32


def sequence_delta(a: int, b: int) -> int:
    """The shortest way from `b` to `a`, -32768 to 32767; positive when `a` is newer."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000


def timestamp_delta(a: int, b: int) -> int:
    """The shortest way from RTP timestamp `b` to `a`, in clock units; positive when `a` is later."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def is_newer(a: int, b: int) -> bool:
    """Whether sequence number `a` comes after `b` (RFC 1982; opposite points of the circle count as older)."""
    return sequence_delta(a, b) > 0


class Unwrapper:
    """Turns numbers that wrap at `bits` into ones that do not, each taken as the nearest to the one before.

    The first number stands for itself, so one that was overtaken by the first may come out negative.
    """

    __slots__ = ("_half", "_last", "_mask")

    def __init__(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._half = 1 << (bits - 1)
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """The extended number for `value`; its low bits are `value`."""
        last = self._last
        if last is not None:
            value = last + ((value - last + self._half) & self._mask) - self._half
        self._last = value
        return value


def sequence_unwrapper() -> Unwrapper:
    """An unwrapper for RTP sequence numbers."""
    return Unwrapper(SEQUENCE_BITS)


def timestamp_unwrapper() -> Unwrapper:
    """An unwrapper for RTP timestamps."""
    return Unwrapper(TIMESTAMP_BITS)
