"""Every spool of a worker, also those that a worker before it left behind."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog

from media_server.recording.archive import Archive
from media_server.recording.background import Background
from media_server.recording.disk import JOURNAL, JournalDamaged, SpoolFolder
from media_server.recording.index import SegmentRecord, SpoolIndex
from media_server.recording.ports import Events, Objects

_POLL_S: Final = 1.0

_log = structlog.get_logger(__name__)


class Archives:
    """`root` is this worker's alone. `max_bytes` are for all spools; what nobody records goes first, the oldest first.

    Call `recover` before the first `open`, and keep `run` running.
    """

    def __init__(self, root: Path, *, background: Background, objects: Objects, events: Events, max_bytes: int) -> None:
        self._root = root
        self._background = background
        self._objects = objects
        self._events = events
        self._max_bytes = max_bytes
        self._archives: list[Archive] = []
        self._by_stream: dict[str, Archive] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._keepers: dict[int, asyncio.Task[None]] = {}

    def open(self, stream_id: str, *, changed: Callable[[], None] = lambda: None) -> Archive:
        """A new archive of a stream; `changed` is called when there is more to rewind to."""
        # A stream may come back to this worker after a crash, while its older spool is still being brought away.
        folder = self._root / f"{stream_id}.{secrets.token_hex(4)}"
        archive = self._add(SpoolFolder(folder), changed=changed)
        self._by_stream[stream_id] = archive
        return archive

    def find(self, stream_id: str) -> Archive | None:
        """That of a stream whose room is here."""
        return self._by_stream.get(stream_id)

    @property
    def is_idle(self) -> bool:
        """Whether nothing of what has been recorded is still to be brought away."""
        return all(archive.keeper.is_done for archive in self._archives)

    def recover(self) -> int:
        """Take up what an older worker left. Blocks for the disk. How many spools there were."""
        found = sorted(journal.parent for journal in self._root.glob(f"*/{JOURNAL}"))
        for folder in found:
            disk = SpoolFolder(folder)
            try:
                index = disk.recover()
            except (OSError, JournalDamaged) as error:
                _log.error("a spool cannot be read and is left where it is", folder=folder.name, reason=str(error))
                continue
            archive = self._add(disk, index=index)
            archive.is_over = True
            _log.info("spool recovered", folder=folder.name, segments=len(index.segments))
        return len(found)

    async def run(self) -> None:
        """Bring recordings away and keep the disk in bounds, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for archive in self._archives:
                self._keep(archive)
            while True:
                await asyncio.sleep(_POLL_S)
                self._poll()

    def drop(self, archive: Archive) -> None:
        """Nobody rewinds in it any more; it goes when its recordings are safe."""
        archive.rewind_s = 0.0
        archive.is_over = True
        self._by_stream = {stream_id: each for stream_id, each in self._by_stream.items() if each is not archive}

    def _poll(self) -> None:
        for archive in tuple(self._archives):
            archive.poll()
            if archive.is_over and not archive.rewind_s and archive.keeper.is_done:
                self._remove(archive)
        self._make_room()

    def _make_room(self) -> None:
        size = sum(archive.spool.index.size for archive in self._archives)
        while size > self._max_bytes:
            oldest = min(((record.date_time, number, record) for number, record in self._oldest()), default=None)
            if oldest is None:
                return
            _, number, record = oldest
            self._archives[number].spool.forget([record.name])
            size -= record.size

    def _oldest(self) -> Iterable[tuple[int, SegmentRecord]]:
        for number, archive in enumerate(self._archives):
            record = archive.oldest()
            if record is not None:
                yield number, record

    def _add(
        self, disk: SpoolFolder, *, index: SpoolIndex | None = None, changed: Callable[[], None] = lambda: None
    ) -> Archive:
        archive = Archive(
            disk,
            background=self._background,
            objects=self._objects,
            events=self._events,
            index=index,
            changed=changed,
        )
        self._archives.append(archive)
        self._keep(archive)
        return archive

    def _keep(self, archive: Archive) -> None:
        if self._tasks is not None:
            self._keepers[id(archive)] = self._tasks.create_task(archive.keeper.run())

    def _remove(self, archive: Archive) -> None:
        self._archives.remove(archive)
        task = self._keepers.pop(id(archive), None)
        if task is not None:
            task.cancel()
        self._background(archive.spool.disk.remove, lambda _: None)
