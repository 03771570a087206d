"""What a spool holds, as its journal says: the same whether it was just written or is read again after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from media_server.hub.frames import Kind
from media_server.recording.entries import (
    Appended,
    Closed,
    Completed,
    Entry,
    Initialized,
    Kept,
    Opened,
    RecordingBegan,
    RecordingEnded,
)

_EVERY_PLAYERS_SOUND: Final = "mp4a"
SegmentName = tuple[str, int]
"""Rendition and number."""


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """A segment on disk. `size` is in bytes, `date_time` in Unix seconds, `media_s` on the stream's media timeline.

    `discontinuity_sequence` counts the discontinuities of its rendition up to and with its own.
    """

    rendition: str
    number: int
    init: int
    media_s: float
    date_time: float
    discontinuity: bool
    discontinuity_sequence: int = 0
    duration_s: float = 0.0
    size: int = 0
    is_complete: bool = False

    @property
    def name(self) -> SegmentName:
        """What it is called by."""
        return self.rendition, self.number


@dataclass(slots=True)
class RecordingRecord:
    """A recording: how much belongs to it, and which segments are not safe yet."""

    recording_id: str
    prefix: str
    room_bytes: int
    reason: str | None = None
    is_closed: bool = False
    size: int = 0
    seconds: dict[Kind, float] = field(default_factory=dict)
    waiting: dict[SegmentName, None] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """How much there is to see, or to hear where there is nothing to be seen."""
        return self.seconds.get("video", self.seconds.get("audio", 0.0))


class SpoolIndex:
    """Fed with entries in the order of the journal."""

    def __init__(self) -> None:
        self.initializations: dict[tuple[str, int], Initialized] = {}
        self.segments: dict[SegmentName, SegmentRecord] = {}
        self.recordings: dict[str, RecordingRecord] = {}
        self._current: RecordingRecord | None = None
        self._discontinuities: dict[str, int] = {}

    @property
    def recording(self) -> RecordingRecord | None:
        """The one that segments go to at present."""
        return self._current

    @property
    def size(self) -> int:
        """Bytes of segments on disk."""
        return sum(segment.size for segment in self.segments.values())

    def apply(self, entry: Entry) -> None:
        """Take one entry. What does not fit, after a disk that was full for a while say, changes nothing."""
        match entry:
            case Initialized():
                self.initializations[entry.rendition, entry.init] = entry
            case Opened():
                self._open(entry)
            case Appended():
                self._append(entry)
            case Completed():
                self._complete((entry.rendition, entry.number))
            case RecordingBegan():
                self._current = RecordingRecord(entry.recording_id, entry.prefix, entry.room_bytes)
                self.recordings[entry.recording_id] = self._current
            case RecordingEnded():
                self._end(entry)
            case Kept():
                recording = self.recordings.get(entry.recording_id)
                if recording is not None:
                    recording.waiting.pop((entry.rendition, entry.number), None)
            case Closed():
                if entry.recording_id in self.recordings:
                    self.recordings[entry.recording_id].is_closed = True

    def complete_of(self, rendition: str) -> list[SegmentRecord]:
        """The complete segments of a rendition, oldest first."""
        return [segment for segment in self.segments.values() if segment.rendition == rendition and segment.is_complete]

    def unfinished(self) -> Iterator[SegmentRecord]:
        """Segments that were still growing."""
        return (segment for segment in tuple(self.segments.values()) if not segment.is_complete)

    def forget(self, name: SegmentName) -> None:
        """A segment is not on disk any more."""
        self.segments.pop(name, None)

    def is_wanted(self, name: SegmentName) -> bool:
        """Whether a recording still needs the segment on disk."""
        return any(name in recording.waiting for recording in self.recordings.values())

    def _open(self, entry: Opened) -> None:
        # One that is still growing lost its end; what there is of it can be played.
        for segment in self.unfinished():
            if segment.rendition == entry.rendition:
                self._complete(segment.name)
        sequence = self._discontinuities.get(entry.rendition, 0) + entry.discontinuity
        self._discontinuities[entry.rendition] = sequence
        facts = entry.model_dump(exclude={"entry"})
        self.segments[entry.rendition, entry.number] = SegmentRecord(**facts, discontinuity_sequence=sequence)

    def _append(self, entry: Appended) -> None:
        segment = self.segments.get((entry.rendition, entry.number))
        if segment is not None and not segment.is_complete:
            self.segments[segment.name] = replace(
                segment, duration_s=segment.duration_s + entry.duration_s, size=segment.size + entry.size
            )

    def _complete(self, name: SegmentName) -> None:
        segment = self.segments.get(name)
        if segment is None or segment.is_complete:
            return
        if not segment.size:
            del self.segments[name]
            return
        self.segments[name] = replace(segment, is_complete=True)
        recording, made_of = self._current, self.initializations.get((segment.rendition, segment.init))
        if recording is None or made_of is None or not _is_recorded(made_of):
            return
        recording.waiting[name] = None
        recording.size += segment.size
        recording.seconds[made_of.kind] = recording.seconds.get(made_of.kind, 0.0) + segment.duration_s

    def _end(self, entry: RecordingEnded) -> None:
        recording = self.recordings.get(entry.recording_id)
        if recording is None:
            return
        recording.reason = entry.reason
        if self._current is recording:
            self._current = None


def _is_recorded(rendition: Initialized) -> bool:
    """Pictures as the source sent them, and the sound that every player has; what can be made again is not kept."""
    return (
        rendition.codec.startswith(_EVERY_PLAYERS_SOUND) if rendition.kind == "audio" else rendition.origin == "source"
    )
