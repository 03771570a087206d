"""One stream's spool while it is live: takes what HLS makes, and never holds it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from media_server.recording.background import Background
from media_server.recording.disk import SpoolFolder, Write
from media_server.recording.entries import Appended, Completed, Entry, Initialized, Opened
from media_server.recording.index import SegmentName, SpoolIndex

MAX_WAITING_BYTES: Final = 32 << 20
"""A disk that is this far behind loses segments, whole ones; the live stream goes on."""

_log = structlog.get_logger(__name__)


class StreamSpool:
    """Written through `background`, one batch at a time; `index` says what is on disk.

    A segment of which anything could not be written is left out, and the next one of its rendition says that there is a
    discontinuity. `changed` is called whenever the index has more.
    """

    def __init__(
        self, disk: SpoolFolder, *, background: Background, changed: Callable[[], None], index: SpoolIndex | None = None
    ) -> None:
        self.disk = disk
        self.index = index if index is not None else SpoolIndex()
        self.problem: str | None = None
        self.lost_segments = 0
        self._background = background
        self._changed = changed
        self._waiting: list[Write] = []
        self._waiting_bytes = 0
        self._is_writing = False
        self._broken: set[str] = set()

    @property
    def is_idle(self) -> bool:
        """Whether everything is on disk, or was given up."""
        return not self._is_writing and not self._waiting

    def initialize(self, entry: Initialized, data: bytes) -> None:
        """An initialization segment, before the segments that need it."""
        self._put(Write(entry, data))

    def open(self, entry: Opened) -> None:
        """A segment begins. Behind one that was lost it begins with a discontinuity."""
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self._lose(entry.rendition)
            return
        if entry.rendition in self._broken:
            self._broken.discard(entry.rendition)
            entry = entry.model_copy(update={"discontinuity": True})
        self._put(Write(entry))

    def append(self, rendition: str, number: int, data: bytes, *, duration_s: float) -> None:
        """A part of the segment that is open; nothing for one that was lost."""
        if rendition in self._broken:
            return
        if self._waiting_bytes + len(data) > MAX_WAITING_BYTES:
            self._lose(rendition)
            return
        self._put(Write(Appended(rendition=rendition, number=number, duration_s=duration_s, size=len(data)), data))

    def complete(self, rendition: str, number: int) -> None:
        """The segment is whole."""
        if rendition not in self._broken:
            self._put(Write(Completed(rendition=rendition, number=number)))

    def note(self, entry: Entry) -> None:
        """An entry that no bytes belong to: of a recording."""
        self._put(Write(entry))

    def forget(self, names: list[SegmentName]) -> None:
        """Take segments off the disk."""
        for name in names:
            self.index.forget(name)
        if names:
            self._background(lambda: self.disk.delete(names), lambda _: None)

    def retry(self) -> None:
        """Write what could not be written before; to be called now and then."""
        self._write()

    def _put(self, write: Write) -> None:
        self._waiting.append(write)
        self._waiting_bytes += len(write.data)
        self._write()

    def _write(self) -> None:
        if self._is_writing or not self._waiting:
            return
        batch, self._waiting = self._waiting, []
        self._is_writing = True
        self._background(lambda: self.disk.write(batch), lambda result: self._written(batch, *result))

    def _written(self, batch: list[Write], done: int, problem: str | None) -> None:
        self._is_writing = False
        self._waiting_bytes -= sum(len(write.data) for write in batch)
        for write in batch[:done]:
            self.index.apply(write.entry)
        if problem != self.problem:
            self.problem = problem
            _log.info("spool", folder=self.disk.folder.name, problem=problem)
        if problem is not None:
            self._give_up(batch[done:])
        elif self._waiting:
            self._write()
        if done:
            self._changed()

    def _give_up(self, failed: list[Write]) -> None:
        """Media that could not be written is lost; what has to be known about it is tried again."""
        rest = failed + self._waiting
        self._waiting = [write for write in rest if not isinstance(write.entry, Opened | Appended | Completed)]
        self._waiting_bytes = sum(len(write.data) for write in self._waiting)
        for write in rest:
            if isinstance(write.entry, Opened | Appended | Completed):
                self._lose(write.entry.rendition)

    def _lose(self, rendition: str) -> None:
        if rendition not in self._broken:
            self._broken.add(rendition)
            self.lost_segments += 1
