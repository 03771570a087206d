"""Brings the segments of recordings from a spool to the objects, and tells the control plane of each."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

import structlog

from media_server.recording.entries import Closed, Kept
from media_server.recording.index import RecordingRecord, SegmentRecord
from media_server.recording.ports import Events, Objects, Unavailable
from media_server.recording.spool import StreamSpool

_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0

_log = structlog.get_logger(__name__)


class Keeper:
    """Of one spool. Segments go one after the other, each before its event, so that no event speaks of nothing.

    What was done is in the journal, so who comes after a crash goes on where this one stopped; a segment that was put
    but not noted is put again, under the same name.
    """

    def __init__(self, spool: StreamSpool, *, objects: Objects, events: Events) -> None:
        self._spool = spool
        self._objects = objects
        self._events = events
        self._wake = asyncio.Event()
        self._told: set[tuple[str, str, int]] = set()
        self.is_behind = False

    def wake(self) -> None:
        """The spool has more."""
        self._wake.set()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to be brought away or told."""
        return self._spool.is_idle and all(
            recording.is_closed or (recording.reason is None and not recording.waiting)
            for recording in self._spool.index.recordings.values()
        )

    async def run(self) -> None:
        """Until cancelled. Raises what no waiting mends."""
        wait_s = _FIRST_WAIT_S
        while True:
            self._wake.clear()
            try:
                await self._bring_all()
            except (Unavailable, OSError) as error:
                if not self.is_behind:
                    _log.warning("recording waits", spool=self._spool.disk.folder.name, reason=str(error))
                self.is_behind = True
                await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))  # noqa: S311 - so that spools do not go in step
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                self._spool.retry()
                continue
            self.is_behind, wait_s = False, _FIRST_WAIT_S
            await self._wake.wait()

    async def _bring_all(self) -> None:
        index = self._spool.index
        for recording in tuple(index.recordings.values()):
            while recording.waiting:
                name = next(iter(recording.waiting))
                segment = index.segments.get(name)
                if segment is not None:
                    try:
                        await self._bring(recording, segment)
                    except FileNotFoundError as error:
                        _log.error("a recorded segment is gone from the spool", segment=name, reason=error.strerror)
                # Noted in memory at once: the journal follows, and a crash between the two only repeats this.
                recording.waiting.pop(name, None)
                self._spool.note(Kept(recording_id=recording.recording_id, rendition=name[0], number=name[1]))
            # What is still being written may belong to it.
            if recording.reason is not None and not recording.is_closed and self._spool.is_idle:
                await self._say(recording, "recorded", recording.reason, reason=recording.reason)
                recording.is_closed = True
                self._spool.note(Closed(recording_id=recording.recording_id))

    async def _bring(self, recording: RecordingRecord, segment: SegmentRecord) -> None:
        await self._bring_initialization(recording, segment)
        key = f"{recording.prefix}/{segment.rendition}-{segment.number}.m4s"
        content = await asyncio.to_thread(self._spool.disk.read, segment.name, segment.size)
        await self._objects.put(key, content)
        await self._say(
            recording,
            "segment",
            f"{segment.rendition}:{segment.number}",
            rendition=segment.rendition,
            number=segment.number,
            init=segment.init,
            object_key=key,
            duration_s=segment.duration_s,
            media_s=segment.media_s,
            date_time=segment.date_time,
            bytes=segment.size,
            discontinuity=segment.discontinuity,
        )

    async def _bring_initialization(self, recording: RecordingRecord, segment: SegmentRecord) -> None:
        name = (recording.recording_id, segment.rendition, segment.init)
        if name in self._told:
            return
        made_of = self._spool.index.initializations[segment.rendition, segment.init]
        path = self._spool.disk.init_path(segment.rendition, segment.init)
        key = f"{recording.prefix}/{path.name}"
        await self._objects.put(key, await asyncio.to_thread(path.read_bytes))
        await self._say(
            recording,
            "rendition",
            f"{segment.rendition}:init:{segment.init}",
            name=segment.rendition,
            kind=made_of.kind,
            codec=made_of.codec,
            width=made_of.width,
            height=made_of.height,
            init_key=key,
            init=segment.init,
        )
        self._told.add(name)

    async def _say(self, recording: RecordingRecord, event: str, suffix: str, **facts: Any) -> None:
        event_id = f"{recording.recording_id}:{suffix}"
        await self._events.write({"id": event_id, "event": event, "recording_id": recording.recording_id, **facts})
