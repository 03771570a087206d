"""Recordings on the disk of a mixer: their notes, and their way to the objects, each with a cue sheet."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Final

import av
import av.error
import structlog
from pydantic import Field

from mixer.dsp.units import SAMPLE_RATE
from mixer.recording.cue_sheet import CueEntry, cue_sheet
from mixer.worker.desired import Message
from mixer.worker.outbox import Outbox
from mixer.worker.ports import Objects, ObjectsUnavailable

MIN_FREE_BYTES: Final = 1024**3
"""So much of the disk is left to what shows need: sessions, mixes, decoded tracks."""
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
        """Beside the recording of that path, whole or not at all. Raises OSError."""
        fresh = path.with_suffix(".notes")
        fresh.write_text(self.model_dump_json(), encoding="utf-8")
        os.replace(fresh, path.with_suffix(_NOTES))

    def sheet(self, audio_file: str) -> str:
        """The cue sheet."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self.started_at))
        entries = [CueEntry(heard.title, heard.artist or "", heard.at_s) for heard in self.tracks]
        return cue_sheet(audio_file, title=f"{self.lead_name}, {day}", performer=self.lead_name, entries=entries)


class Recordings:
    """The folder of recordings. `run` uploads what is finished, also what a worker before this one left behind.

    While the objects cannot be reached, recordings wait on disk, until there `has_room` no more.
    """

    def __init__(self, objects: Objects, outbox: Outbox, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._objects = objects
        self._outbox = outbox
        self._finished = set(folder.glob("*.flac"))
        self._wake = asyncio.Event()

    def has_room(self) -> bool:
        """Whether the disk may take more recordings."""
        try:
            return shutil.disk_usage(self.folder).free > MIN_FREE_BYTES
        except OSError:
            return False

    def forget(self, path: Path) -> None:
        """There is nothing in it: take it and its notes away. Blocks for the disk."""
        for empty in (path, path.with_suffix(_NOTES)):
            try:
                empty.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("recording_left", name=empty.name, reason=error.strerror)

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
                except OSError as error:
                    # A disk without room for a cue sheet, say: no reason for the shows of this mixer to end.
                    _log.error("recording_waits", name=path.name, reason=error.strerror)
                    continue
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
