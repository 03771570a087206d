"""What a worker keeps of one stream: the spool, what is recorded of it, and what can be rewound to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from media_server.recording.background import Background
from media_server.recording.disk import SpoolFolder
from media_server.recording.entries import Initialized
from media_server.recording.index import SegmentName, SegmentRecord, SpoolIndex
from media_server.recording.intake import SpoolIntake
from media_server.recording.keeper import Keeper
from media_server.recording.ports import Events, Objects
from media_server.recording.recorder import Recorder, RecordingWish
from media_server.recording.spool import StreamSpool

REWIND_MAX_S: Final = 7200.0


class Archive:
    """One per room and life of a worker. `keeper.run` has to be kept running by whoever made it."""

    def __init__(
        self,
        disk: SpoolFolder,
        *,
        background: Background,
        objects: Objects,
        events: Events,
        changed: Callable[[], None] = lambda: None,
        index: SpoolIndex | None = None,
    ) -> None:
        self._changed = changed
        self.spool = StreamSpool(disk, background=background, changed=self._on_change, index=index)
        self.keeper = Keeper(self.spool, objects=objects, events=events)
        self.recorder = Recorder(self.spool, self.keeper)
        self.intake = SpoolIntake(self.spool, is_wanted=self._is_wanted)
        self.rewind_s = 0.0
        self.is_over = False

    def want(self, *, recording: RecordingWish | None, rewind_s: float) -> None:
        """What the control plane wants of this stream."""
        self.rewind_s = min(rewind_s, REWIND_MAX_S)
        if not self.is_over:
            self.recorder.want(recording)

    def end(self) -> None:
        """The stream is over; what is left goes to the objects."""
        self.is_over = True
        self.recorder.end()

    def poll(self) -> None:
        """Keep within the room and the window; to be called each second."""
        self.recorder.poll()
        self.spool.forget(self._outside())

    def state(self) -> dict[str, Any] | None:
        """The `recording` of a worker's snapshot."""
        return self.recorder.state()

    def window(self, rendition: str) -> list[SegmentRecord]:
        """The complete segments of a rendition that can be rewound to, oldest first."""
        return self.spool.index.complete_of(rendition)

    def renditions(self) -> list[Initialized]:
        """Those that can be rewound in, each as it was made of last."""
        newest: dict[str, Initialized] = {}
        for made_of in self.spool.index.initializations.values():
            newest[made_of.rendition] = made_of
        return [made_of for made_of in newest.values() if self.window(made_of.rendition)]

    async def read_segment(self, rendition: str, number: int) -> bytes | None:
        """A complete segment; None when it is not here, or not any more."""
        record = self.spool.index.segments.get((rendition, number))
        if record is None or not record.is_complete:
            return None
        return await self._read(self.spool.disk.segment_path(record.name), record.size)

    async def read_initialization(self, rendition: str, init: int) -> bytes | None:
        """An initialization segment; None when it is not here."""
        if (rendition, init) not in self.spool.index.initializations:
            return None
        return await self._read(self.spool.disk.init_path(rendition, init), -1)

    async def _read(self, path: Path, size: int) -> bytes | None:
        try:
            return await asyncio.to_thread(_read_file, path, size)
        except FileNotFoundError:
            return None

    def oldest(self) -> SegmentRecord | None:
        """The first to go when the disk has to be emptied; None when a recording still needs everything."""
        wanted = self.spool.index.is_wanted
        return next((record for record in self.spool.index.segments.values() if _may_go(record, wanted)), None)

    def _is_wanted(self) -> bool:
        return not self.is_over and (self.rewind_s > 0.0 or self.recorder.is_recording)

    def _outside(self) -> list[SegmentName]:
        index = self.spool.index
        newest_s = max((segment.date_time for segment in index.segments.values()), default=0.0)
        return [
            segment.name
            for segment in index.segments.values()
            if segment.date_time < newest_s - self.rewind_s and _may_go(segment, index.is_wanted)
        ]

    def _on_change(self) -> None:
        self.keeper.wake()
        self._changed()


def _read_file(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _may_go(segment: SegmentRecord, is_wanted: Callable[[SegmentName], bool]) -> bool:
    return segment.is_complete and not is_wanted(segment.name)
