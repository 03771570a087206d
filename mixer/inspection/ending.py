"""Whether a file is whole, where its container says how long it is and FFmpeg would play what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from mixer.tracks.rejected import Problem, TrackRejected

_PAGE_HEAD, _MOST_OF_A_PAGE = 27, 27 + 255 + 255 * 255
_MOST_BOXES = 10_000
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"sidx", b"styp", b"uuid"})


def check_ending(path: Path, container: str) -> None:
    """`container` is what `check_container` found. Raises TrackRejected TRUNCATED."""
    ends_early = _ENDS_EARLY.get(container)
    if ends_early is None:
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        if ends_early(file, size):
            raise TrackRejected(Problem.TRUNCATED, "This file ends in the middle: the upload was cut short.")


def _ogg_ends_early(file: BinaryIO, size: int) -> bool:
    """Whether the last page is not there as a whole (RFC 3533 §6). That no page is marked as the last one is not taken
    for a sign: recordings of radio never have it."""
    file.seek(max(0, size - _MOST_OF_A_PAGE))
    end = file.read(_MOST_OF_A_PAGE)
    start = end.rfind(b"OggS\0")
    if start < 0:
        return False
    segments = end[start + _PAGE_HEAD - 1 : start + _PAGE_HEAD]
    if not segments:
        return True
    lengths = end[start + _PAGE_HEAD : start + _PAGE_HEAD + segments[0]]
    return len(lengths) < segments[0] or start + _PAGE_HEAD + len(lengths) + sum(lengths) > len(end)


def _mp4_ends_early(file: BinaryIO, size: int) -> bool:
    """Whether a box goes on behind the end of the file (ISO 14496-12 §4.2), or the index never comes. Programs write
    the index last, so to FFmpeg half a file is none."""
    at, has_index = 0, False
    for _ in range(_MOST_BOXES):
        if at >= size:
            break
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - at
        kind = head[4:8]
        if length < 8 or (kind not in _BOXES and at + length > size):
            break  # no box, but what programs write behind the last one
        if at + length > size:
            return True
        has_index |= kind == b"moov"
        at += length
    return not has_index


def _aiff_ends_early(file: BinaryIO, size: int) -> bool:
    """Whether its one chunk is longer than the file."""
    file.seek(4)
    return 8 + int.from_bytes(file.read(4), "big") > size


_ENDS_EARLY: Mapping[str, Callable[[BinaryIO, int], bool]] = {
    "ogg": _ogg_ends_early,
    "mov": _mp4_ends_early,
    "aiff": _aiff_ends_early,
}
