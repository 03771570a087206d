"""Plays, recordings and storage as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from control_api.identity import StreamId
from control_api.tracks.models import TrackId

PlayId = NewType("PlayId", UUID)
RecordingId = NewType("RecordingId", UUID)


@dataclass(frozen=True, slots=True)
class Play:
    """Title and artist are as they were then; `track_id` is None when the track has been deleted since."""

    id: PlayId
    stream_id: StreamId
    stream_title: str
    track_id: TrackId | None
    title: str
    artist: str
    played_at: datetime
    on_air: bool
    by_auto_dj: bool


@dataclass(frozen=True, slots=True)
class Recording:
    id: RecordingId
    stream_id: StreamId
    stream_title: str
    object_key: str
    cue_sheet_key: str
    started_at: datetime
    duration_s: float
    bytes: int


@dataclass(frozen=True, slots=True)
class FileCounts:
    tracks: int
    recordings: int
    recordings_bytes: int


@dataclass(frozen=True, slots=True)
class StorageUse:
    """`used_bytes` is what `limit_bytes` is for: tracks that are kept, and uploads under way at their full size.
    Recordings have a limit of their own."""

    used_bytes: int
    limit_bytes: int
    recordings_limit_bytes: int
    counts: FileCounts
