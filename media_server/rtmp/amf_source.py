"""What both AMF formats are read with: a cursor, and how much a message may ask of us."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from media_server.rtmp.errors import RtmpError

MAX_DEPTH: Final = 16
MAX_VALUES: Final = 4096
"""In one message, keys not counted."""

AmfValue = None | bool | float | str | bytes | list["AmfValue"] | dict[str, "AmfValue"]
"""Dates are milliseconds since 1970, XML is its text, bytes are AMF3's alone; undefined and unsupported are None."""


@dataclass(slots=True)
class Budget:
    """What one message may still ask of us, over nested values and both formats."""

    values: int = MAX_VALUES

    def spend(self, depth: int) -> None:
        """One more value at `depth`. Raises RtmpError."""
        self.values -= 1
        if self.values < 0 or depth > MAX_DEPTH:
            raise RtmpError("an AMF message is too deep or has too many values")


@dataclass(slots=True)
class Bytes:
    """A cursor over a message."""

    data: bytes
    at: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.data)

    def take(self, count: int) -> bytes:
        """The next `count` bytes. Raises RtmpError."""
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise RtmpError("an AMF value goes beyond its message")
        part = self.data[self.at : end]
        self.at = end
        return part

    def unsigned(self, count: int) -> int:
        """A big-endian number of `count` bytes. Raises RtmpError."""
        return int.from_bytes(self.take(count), "big")

    def double(self) -> float:
        """An IEEE 754 number. Raises RtmpError."""
        return float(struct.unpack(">d", self.take(8))[0])

    def text(self, count: int) -> str:
        """`count` bytes of UTF-8; what is none is replaced, since encoders send names in their local alphabets."""
        return self.take(count).decode("utf-8", "replace")
