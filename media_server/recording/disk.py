"""The files of one spool. Everything here blocks for the disk and is called by one thread at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from media_server.recording.entries import (
    Appended,
    Completed,
    Entry,
    Initialized,
    JournalDamaged,
    Opened,
    read_lines,
    to_line,
)
from media_server.recording.index import SegmentName, SpoolIndex

JOURNAL: Final = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Write:
    """An entry of the journal, and the bytes it speaks of."""

    entry: Entry
    data: bytes = b""


class SpoolFolder:
    """Bytes go to disk before the line that speaks of them, so that a line can be believed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal_bytes = 0
        self._is_torn = False

    def segment_path(self, name: SegmentName) -> Path:
        """Where a segment is."""
        return self.folder / f"{name[0]}-{name[1]}.m4s"

    def init_path(self, rendition: str, init: int) -> Path:
        """Where an initialization segment is."""
        return self.folder / f"{rendition}-init-{init}.mp4"

    def write(self, writes: Sequence[Write]) -> tuple[int, str | None]:
        """Do `writes` in order. How many were done, and why not all of them."""
        done = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._is_torn:
                os.truncate(self.folder / JOURNAL, self._journal_bytes)
                self._is_torn = False
            with (self.folder / JOURNAL).open("ab", buffering=0) as journal:
                for write in writes:
                    self._write_data(write)
                    line = to_line(write.entry)
                    self._is_torn = True
                    if journal.write(line) != len(line):
                        return done, "the disk is full"
                    self._is_torn = False
                    self._journal_bytes += len(line)
                    done += 1
        except OSError as error:
            return done, error.strerror or type(error).__name__
        return done, None

    def read(self, name: SegmentName, size: int) -> bytes:
        """The first `size` bytes of a segment: what its journal vouches for. Raises OSError."""
        with self.segment_path(name).open("rb") as file:
            return file.read(size)

    def delete(self, names: Sequence[SegmentName]) -> None:
        """Take segments away; one that cannot be is left to whoever cleans the folder."""
        for name in names:
            try:
                self.segment_path(name).unlink(missing_ok=True)
            except OSError:
                continue

    def remove(self) -> None:
        """Take the whole folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def recover(self) -> SpoolIndex:
        """What a process before this one left, its growing segments closed where the journal ends.

        Raises OSError, and JournalDamaged.
        """
        index = SpoolIndex()
        journal = self.folder / JOURNAL
        with journal.open("rb") as lines:
            for entry in read_lines(lines):
                index.apply(entry)
                self._journal_bytes += len(to_line(entry))
        self._is_torn = journal.stat().st_size != self._journal_bytes
        closing = [
            Write(Completed(rendition=segment.rendition, number=segment.number))
            for segment in index.unfinished()
            if segment.size
        ]
        for write in closing[: self.write(closing)[0]]:
            index.apply(write.entry)
        return index

    def _write_data(self, write: Write) -> None:
        entry = write.entry
        if isinstance(entry, Initialized):
            self.init_path(entry.rendition, entry.init).write_bytes(write.data)
        elif isinstance(entry, Opened):
            self.segment_path((entry.rendition, entry.number)).write_bytes(b"")
        elif isinstance(entry, Appended):
            with self.segment_path((entry.rendition, entry.number)).open("ab", buffering=0) as file:
                if file.write(write.data) != len(write.data):
                    raise OSError(28, "the disk is full")


__all__ = ["JOURNAL", "JournalDamaged", "SpoolFolder", "Write"]
