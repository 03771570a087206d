"""The recording of one mix: begun and ended as the desk says, while there is room for it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from mixer.dsp.units import SAMPLE_RATE
from mixer.host.host import MixerHost
from mixer.host.outputs import Output
from mixer.host.settings import Bus
from mixer.recording.flac import FlacRecording
from mixer.worker.desired import MixSpec, Playable
from mixer.worker.recordings import Heard, Notes, Recordings

MAX_SECONDS: Final = 6 * 3600
"""A longer one goes on in another file."""
AGAIN_AFTER_S: Final = 10
"""One that broke off is begun again so much later, so that a disk that fails is not asked at every turn."""

_log = structlog.get_logger(__name__)


class Recording:
    """A file while the desk says that it records. Whatever the disk does, the mix goes on."""

    def __init__(self, recordings: Recordings, host: MixerHost, stream_id: str) -> None:
        self._recordings = recordings
        self._host = host
        self._stream_id = stream_id
        self._running: tuple[FlacRecording, Output] | None = None
        self._notes: Notes | None = None
        self._began_at = 0
        self._looked_at = 0
        self._not_before = 0
        self._closing: set[asyncio.Task[None]] = set()

    def follow(self, is_on: bool, spec: MixSpec, *, frame: int) -> bool:
        """Record or not, as the desk says; `frame` is the session's present one. False when there is no room for more:
        then it is to be switched off."""
        if self._running is None:
            return not is_on or frame < self._not_before or self._begin(spec, frame)
        writer, tap = self._running
        if not is_on or frame - self._began_at > MAX_SECONDS * SAMPLE_RATE:
            self._finish()
        elif tap.is_dropped or writer.problem is not None:
            self._not_before = frame + AGAIN_AFTER_S * SAMPLE_RATE
            self._finish()
        elif frame - self._looked_at >= SAMPLE_RATE:
            self._looked_at = frame
            if not self._has_room(spec, _size(writer.path)):
                self._not_before = frame + SAMPLE_RATE
                self._finish()
                return False
        return True

    @property
    def since(self) -> float | None:
        """The Unix time at which what is recorded now began; None while nothing is."""
        return None if self._notes is None else self._notes.started_at

    def note(self, track: Playable, *, frame: int, ago_s: float) -> None:
        """A track is heard, and has been for `ago_s`."""
        if self._running is None or self._notes is None:
            return
        at_s = max((frame - self._began_at) / SAMPLE_RATE - ago_s, 0.0)
        heard = Heard(title=track.title, artist=track.artist, at_s=at_s)
        self._notes = self._notes.model_copy(update={"tracks": [*self._notes.tracks, heard]})
        self._write(self._notes, self._running[0].path)

    async def close(self) -> None:
        """Finish what is recorded; it is uploaded by and by."""
        self._finish()
        await asyncio.gather(*self._closing)

    def _has_room(self, spec: MixSpec, size: int) -> bool:
        return size < spec.recording_room_bytes and self._recordings.has_room()

    def _begin(self, spec: MixSpec, frame: int) -> bool:
        if not self._has_room(spec, 0):
            # By then the desk knows that it is off.
            self._not_before = frame + SAMPLE_RATE
            return False
        path = self._recordings.folder / f"{uuid4()}.flac"
        notes = Notes(
            stream_id=self._stream_id,
            lead=spec.lead,
            lead_name=spec.member_name(spec.lead) or "NRS Live",
            started_at=time.time(),
            tracks=[],
        )
        if not self._write(notes, path):
            self._not_before = frame + AGAIN_AFTER_S * SAMPLE_RATE
            return True
        self._notes, self._began_at, self._looked_at = notes, frame, frame
        writer = FlacRecording(path)
        self._running = writer, self._host.tap(self._stream_id, Bus.RECORD, writer.write)
        return True

    def _finish(self) -> None:
        if self._running is None or self._notes is None:
            return
        writer, tap = self._running
        tap.stop()
        task = asyncio.create_task(self._close(writer, self._notes))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._running = self._notes = None

    async def _close(self, writer: FlacRecording, notes: Notes) -> None:
        recorded = await asyncio.to_thread(writer.finish)
        if recorded.problem is not None:
            _log.error("recording_ended_early", stream_id=self._stream_id, reason=recorded.problem)
        if not recorded.frames or not recorded.bytes:
            await asyncio.to_thread(self._recordings.forget, writer.path)
            return
        # Notes that cannot be written now are those of before, which lack nothing but the length.
        await asyncio.to_thread(self._write, notes.model_copy(update={"frames": recorded.frames}), writer.path)
        self._recordings.finished(writer.path)

    def _write(self, notes: Notes, path: Path) -> bool:
        try:
            notes.write(path)
        except OSError as error:
            _log.error("recording_not_noted", stream_id=self._stream_id, reason=error.strerror)
            return False
        return True


def _size(path: Path) -> int:
    """In bytes; 0 before there is a file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
