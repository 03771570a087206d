"""A sign of round lamps, as a PNG: the demo brings no font and cannot count on one of the machine's."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Five columns of seven lamps, the lowest bit on top.
GLYPHS: Final = {
    " ": (0, 0, 0, 0, 0),
    "A": (0x7E, 0x09, 0x09, 0x09, 0x7E),
    "D": (0x7F, 0x41, 0x41, 0x41, 0x3E),
    "E": (0x7F, 0x49, 0x49, 0x49, 0x41),
    "F": (0x7F, 0x09, 0x09, 0x09, 0x01),
    "G": (0x3E, 0x41, 0x49, 0x49, 0x3A),
    "H": (0x7F, 0x08, 0x08, 0x08, 0x7F),
    "I": (0x00, 0x41, 0x7F, 0x41, 0x00),
    "L": (0x7F, 0x40, 0x40, 0x40, 0x40),
    "M": (0x7F, 0x02, 0x0C, 0x02, 0x7F),
    "N": (0x7F, 0x04, 0x08, 0x10, 0x7F),
    "O": (0x3E, 0x41, 0x41, 0x41, 0x3E),
    "R": (0x7F, 0x09, 0x19, 0x29, 0x46),
    "S": (0x46, 0x49, 0x49, 0x49, 0x31),
    "T": (0x01, 0x01, 0x7F, 0x01, 0x01),
    "V": (0x1F, 0x20, 0x40, 0x20, 0x1F),
}
ROWS: Final = 7
LAMP: Final = 8
"""Pixels from one lamp to the next."""

Rgba = NDArray[np.uint8]
"""Shape (height, width, 4)."""


def lamps(text: str) -> NDArray[np.bool_]:
    """Which lamps are lit, shape (7, columns). Raises KeyError for a letter that the sign does not have."""
    columns = [column for letter in text for column in (*GLYPHS[letter], 0)][:-1]
    return np.array([[column >> row & 1 for column in columns] for row in range(ROWS)], dtype=bool)


def draw(text: str, lit: tuple[int, int, int], dark_alpha: int = 26) -> Rgba:
    """The sign: lit lamps in one colour, the others hardly seen."""
    on = np.kron(lamps(text).astype(float), np.ones((LAMP, LAMP)))
    offsets = np.arange(LAMP) - (LAMP - 1) / 2
    distance = np.hypot(*np.meshgrid(offsets, offsets)) / (LAMP / 2)
    lamp = np.clip((0.95 - distance) * 4, 0, 1)
    disc = np.tile(lamp, np.array(on.shape) // LAMP)
    image = np.zeros((*on.shape, 4), dtype=np.uint8)
    image[..., :3] = lit
    image[..., 3] = np.round(disc * np.where(on > 0, 255, dark_alpha)).astype(np.uint8)
    return image


def write_png(path: Path, image: Rgba) -> None:
    """Write 8-bit RGBA (PNG specification, third edition)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
