"""Which of a stream's segments are recorded: what the control plane wants, and how much room it gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from media_server.recording.entries import RecordingBegan, RecordingEnded
from media_server.recording.index import RecordingRecord
from media_server.recording.keeper import Keeper
from media_server.recording.spool import StreamSpool


@dataclass(frozen=True, slots=True)
class RecordingWish:
    """A recording that there is to be. Its objects' keys begin with `prefix`."""

    recording_id: str
    prefix: str
    room_bytes: int


class Recorder:
    """Begins, ends and bounds the recordings of one spool. A recording that has ended is not begun again."""

    def __init__(self, spool: StreamSpool, keeper: Keeper) -> None:
        self._spool = spool
        self._keeper = keeper
        self._current: RecordingWish | None = None
        self._over: set[str] = set()
        self._no_room: str | None = None

    @property
    def is_recording(self) -> bool:
        """Whether segments belong to a recording at present."""
        return self._current is not None

    def want(self, wish: RecordingWish | None) -> None:
        """What is wanted from now on; saying it again changes nothing but the room."""
        current = self._current
        if current is not None and (wish is None or wish.recording_id != current.recording_id):
            self._end("switched_off")
        if wish is None or wish.recording_id in self._over:
            return
        if self._current is None:
            self._spool.note(
                RecordingBegan(recording_id=wish.recording_id, prefix=wish.prefix, room_bytes=wish.room_bytes)
            )
        self._current = wish

    def end(self) -> None:
        """The stream is over."""
        self._end("ended")

    def poll(self) -> None:
        """End a recording whose room is used up; to be called each second or so."""
        record = self._record
        if self._current is not None and record is not None and record.size >= self._current.room_bytes:
            self._no_room = self._current.recording_id
            self._end("no_room")

    def state(self) -> dict[str, Any] | None:
        """What a worker's snapshot says of it; None while nothing is recorded."""
        if self._current is None and self._no_room is None:
            return None
        recording_id = self._current.recording_id if self._current is not None else self._no_room
        record = self._spool.index.recordings.get(recording_id or "")
        return {
            "recording_id": recording_id,
            "state": self._word(),
            "seconds": round(record.duration_s, 1) if record is not None else 0.0,
            "bytes": record.size if record is not None else 0,
        }

    @property
    def _record(self) -> RecordingRecord | None:
        return self._spool.index.recordings.get(self._current.recording_id) if self._current is not None else None

    def _word(self) -> Literal["recording", "behind", "no_room"]:
        if self._current is None:
            return "no_room"
        return "behind" if self._keeper.is_behind or self._spool.problem is not None else "recording"

    def _end(self, reason: Literal["ended", "no_room", "switched_off"]) -> None:
        if self._current is None:
            return
        self._over.add(self._current.recording_id)
        self._spool.note(RecordingEnded(recording_id=self._current.recording_id, reason=reason))
        self._current = None
