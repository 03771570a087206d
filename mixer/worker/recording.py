"""Recordings of mixes: written to disk while they last, then put among the objects with a cue sheet."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import av
import av.error
import structlog
from pydantic import Field

from mixer.dsp.units import SAMPLE_RATE
from mixer.host.host import MixerHost
from mixer.host.outputs import Output
from mixer.host.settings import Bus
from mixer.recording.cue_sheet import CueEntry, cue_sheet
from mixer.recording.flac import FlacRecording
from mixer.worker.desired import Message, Playable
from mixer.worker.outbox import Outbox
from mixer.worker.ports import Objects, ObjectsUnavailable

MAX_SECONDS: Final = 6 * 3600
"""A longer one goes on in another file."""
_RETRY_S: Final = 5.0
_NOTES: Final = ".json"

_log = structlog.get_logger(__name__)


class Heard(Message):
    """A track in a recording, from `at_s` on."""

    title: str
    artist: str | None
    at_s: float = Field(ge=0.0)


class Notes(Message):
    """What has to be known of a recording beside its sound: a file of its own, in case the worker dies.

    `lead` and `lead_name` are whose show it was; `frames` is there once it is finished.
    """

    stream_id: str
    lead: str
    lead_name: str
    started_at: float
    tracks: list[Heard]
    frames: int | None = None

    def write(self, path: Path) -> None:
        """Beside the recording of that path."""
        path.with_suffix(_NOTES).write_text(self.model_dump_json())

    def sheet(self, audio_file: str) -> str:
        """The cue sheet."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self.started_at))
        entries = [CueEntry(heard.title, heard.artist or "", heard.at_s) for heard in self.tracks]
        return cue_sheet(audio_file, title=f"{self.lead_name}, {day}", performer=self.lead_name, entries=entries)


class Recordings:
    """The folder of recordings. `run` uploads what is finished, also what a worker before this one left behind.

    While the objects cannot be reached, recordings wait on disk, and only the disk bounds how many.
    """

    def __init__(self, objects: Objects, outbox: Outbox, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._objects = objects
        self._outbox = outbox
        self._finished = set(folder.glob("*.flac"))
        self._wake = asyncio.Event()

    def finished(self, path: Path) -> None:
        """Nothing more will be written to it."""
        self._finished.add(path)
        self._wake.set()

    async def run(self) -> None:
        """Upload until cancelled."""
        while True:
            self._wake.clear()
            for path in sorted(self._finished):
                try:
                    await self._upload(path)
                except ObjectsUnavailable:
                    _log.warning("recording_waits", reason="the objects cannot be reached")
                    break
                self._finished.discard(path)
            try:
                async with asyncio.timeout(_RETRY_S if self._finished else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _upload(self, path: Path) -> None:
        try:
            notes, frames, size = await asyncio.to_thread(_read, path)
        except (OSError, ValueError) as error:
            _log.error("recording_unreadable", name=path.name, error=type(error).__name__)
            await asyncio.to_thread(path.rename, path.with_suffix(".unreadable"))
            return
        key = f"recordings/{notes.lead}/{notes.stream_id}/{path.stem}"
        sheet = path.with_suffix(".cue")
        await asyncio.to_thread(sheet.write_text, notes.sheet(path.name), encoding="utf-8")
        await self._objects.put_file(f"{key}.flac", path)
        await self._objects.put_file(f"{key}.cue", sheet)
        self._outbox.record(
            {
                "event": "recorded",
                "stream_id": notes.stream_id,
                "object_key": f"{key}.flac",
                "cue_sheet_key": f"{key}.cue",
                "started_at": notes.started_at,
                "duration_s": frames / SAMPLE_RATE,
                "bytes": size,
            }
        )
        for done in (path, sheet, path.with_suffix(_NOTES)):
            await asyncio.to_thread(done.unlink, missing_ok=True)


def _read(path: Path) -> tuple[Notes, int, int]:
    """Notes, frames and bytes of a recording. Raises OSError, ValueError."""
    notes = Notes.model_validate_json(path.with_suffix(_NOTES).read_bytes())
    frames = notes.frames if notes.frames is not None else _count_frames(path)
    return notes, frames, path.stat().st_size


def _count_frames(path: Path) -> int:
    """Of a file whose writer died, and whose header does not say."""
    try:
        with av.open(str(path), "r", format="flac") as container:
            return sum(packet.duration or 0 for packet in container.demux(container.streams.audio[0]))
    except (av.error.FFmpegError, IndexError) as error:
        raise ValueError(f"{path.name} is no FLAC file") from error


class Recording:
    """Of one mix: a file while the desk says that it records."""

    def __init__(self, recordings: Recordings, host: MixerHost, stream_id: str) -> None:
        self._recordings = recordings
        self._host = host
        self._stream_id = stream_id
        self._running: tuple[FlacRecording, Output] | None = None
        self._notes: Notes | None = None
        self._began_at = 0
        self._closing: set[asyncio.Task[None]] = set()

    def follow(self, is_on: bool, *, frame: int, lead: str, lead_name: str) -> None:
        """Record or not, as the desk says; `frame` is the session's present one."""
        if self._running is None:
            if is_on:
                self._begin(frame, lead, lead_name)
            return
        writer, tap = self._running
        is_full = frame - self._began_at > MAX_SECONDS * SAMPLE_RATE
        if not is_on or is_full or tap.is_dropped or writer.problem is not None:
            self._finish()

    def note(self, track: Playable, *, frame: int, ago_s: float) -> None:
        """A track is heard, and has been for `ago_s`."""
        if self._running is None or self._notes is None:
            return
        at_s = max((frame - self._began_at) / SAMPLE_RATE - ago_s, 0.0)
        heard = Heard(title=track.title, artist=track.artist, at_s=at_s)
        self._notes = self._notes.model_copy(update={"tracks": [*self._notes.tracks, heard]})
        self._notes.write(self._running[0].path)

    async def close(self) -> None:
        """Finish what is recorded; it is uploaded by and by."""
        self._finish()
        await asyncio.gather(*self._closing)

    def _begin(self, frame: int, lead: str, lead_name: str) -> None:
        path = self._recordings.folder / f"{uuid4()}.flac"
        self._began_at = frame
        self._notes = Notes(
            stream_id=self._stream_id, lead=lead, lead_name=lead_name, started_at=time.time(), tracks=[]
        )
        self._notes.write(path)
        writer = FlacRecording(path)
        self._running = writer, self._host.tap(self._stream_id, Bus.RECORD, writer.write)

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
        await asyncio.to_thread(notes.model_copy(update={"frames": recorded.frames}).write, writer.path)
        self._recordings.finished(writer.path)
