"""The file of a decoded track: a page of header, then 48 kHz stereo int16, mapped into every process that plays it.

It is written from start to end while it is already played; the header says how far it is valid. A mapped file may be
larger than what is valid, so nobody reads past the watermark.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HEADER = np.dtype([("magic", "S8"), ("frames", "i8"), ("length", "i8"), ("complete", "i8")])
_MAGIC = b"NRSPCM1"
_OFFSET = mmap.PAGESIZE
_FRAME = 4


class UnreadablePcm(ValueError):
    """Not a decoded track."""


class PcmTrack:
    """A decoded track, mapped for reading. It is the engine's Track."""

    def __init__(self, track_id: str, path: Path) -> None:
        """Raises UnreadablePcm, FileNotFoundError."""
        self.id = track_id
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < _OFFSET:
                raise UnreadablePcm(f"{path.name} has no header")
            mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._header: NDArray[np.void] = np.frombuffer(mapped, _HEADER, count=1)
        if self._header["magic"][0] != _MAGIC:
            raise UnreadablePcm(f"{path.name} is not a decoded track")
        room = (len(mapped) - _OFFSET) // _FRAME * 2
        self.pcm: NDArray[np.int16] = np.frombuffer(mapped, np.int16, count=room, offset=_OFFSET).reshape(-1, 2)

    @property
    def frames(self) -> int:
        """How many frames are valid so far."""
        return int(self._header["frames"][0])

    @property
    def length(self) -> int:
        """How many frames there will be; an estimate until the track is complete."""
        return int(self._header["length"][0])

    @property
    def is_complete(self) -> bool:
        return bool(self._header["complete"][0])

    def touch(self, first: int, count: int) -> None:
        """Bring the pages of some frames into memory, so that a jump there waits for no disk."""
        start, end = max(first, 0), min(first + count, self.frames)
        # One sample of each page is enough; the sum is what keeps the read from being left out.
        if start < end:
            int(self.pcm[start : end : mmap.PAGESIZE // _FRAME].sum(dtype=np.int64))


class PcmWriter:
    """Writes the file of a track. The writer is the only one; readers may map it from the first moment."""

    def __init__(self, path: Path, *, expected_frames: int, max_frames: int) -> None:
        """`max_frames` of room are set aside, because readers map the file as it is now; unused room costs no disk."""
        # A new file, because whoever mapped an unfinished one before must not have its pages taken away.
        path.unlink(missing_ok=True)
        self._file = path.open("x+b")
        self._frames = 0
        self._max_frames = max_frames
        self._file.truncate(_OFFSET + max_frames * _FRAME)
        header = np.zeros(1, _HEADER)
        header["magic"], header["length"] = _MAGIC, expected_frames
        self._file.write(header.tobytes())
        self._file.flush()
        self._header: NDArray[np.void] = np.frombuffer(mmap.mmap(self._file.fileno(), _OFFSET), _HEADER, count=1)

    def write(self, samples: NDArray[np.int16]) -> None:
        """Append frames of shape (frames, 2), then move the watermark over them. Raises OverflowError past the room."""
        if self._frames + len(samples) > self._max_frames:
            raise OverflowError(f"more than {self._max_frames} frames")
        self._file.seek(_OFFSET + self._frames * _FRAME)
        self._file.write(np.ascontiguousarray(samples).data)
        self._file.flush()
        self._frames += len(samples)
        self._header["frames"] = self._frames
        self._header["length"] = max(int(self._header["length"][0]), self._frames)

    def finish(self) -> None:
        """Say that all is there, and give back the room that was not needed."""
        self._file.truncate(_OFFSET + self._frames * _FRAME)
        self._header["length"] = self._frames
        self._header["complete"] = 1
        os.fsync(self._file.fileno())
        self.close()

    def close(self) -> None:
        """Let go of the file; an unfinished one stays incomplete."""
        self._file.close()
