"""gzip of a text that each viewer gets with something of their own in it, several times (RFC 1951, RFC 1952).

What is the same for everybody is compressed once. Beside it goes what is somebody's own, as it is the first time, and
as references to that from then on, which are the same for all whose own is equally long.
"""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache
from itertools import pairwise
from struct import pack
from typing import Final, NamedTuple

from media_server.egress.hls.deflate import LAST, can_repeat, compressed, repeated, stored

# RFC 1952 §2.3: deflate, no flags, no time, the fastest algorithm, an unknown system.
_HEADER: Final = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255))
_LEVEL: Final = 1


class _Shared(NamedTuple):
    """What is the same for everybody: blocks before the first place and after it, and the bytes between the places."""

    before: bytes
    after: bytes
    pieces: tuple[bytes, ...]


def gzip_with(text: str, place: str, own: str) -> bytes:
    """gzip of `text` with `own` for each `place` in it."""
    filling = own.encode()
    shared = _shared(text, place, len(filling))
    if shared is None:
        return gzip.compress(text.replace(place, own).encode(), compresslevel=_LEVEL, mtime=0)
    plain = filling.join(shared.pieces)
    first = stored(filling) if len(shared.pieces) > 1 else b""
    checks = pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return b"".join((_HEADER, shared.before, first, shared.after, LAST, checks))


@lru_cache(maxsize=64)
def _shared(text: str, place: str, length: int) -> _Shared | None:
    """Of a text whose places are filled with `length` bytes; None where no references to those are possible."""
    first, *others = pieces = tuple(piece.encode() for piece in text.split(place))
    after = [compressed(others[0], _LEVEL)] if others else []
    for between, piece in pairwise(others):
        if not can_repeat(length, length + len(between)):
            return None
        after += (repeated(length, length + len(between)), compressed(piece, _LEVEL))
    return _Shared(compressed(first, _LEVEL), b"".join(after), pieces)
