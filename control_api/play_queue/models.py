"""The queue as PostgreSQL knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from control_api.tracks.models import PlayableTrack, Track, TrackId

EntryId = NewType("EntryId", UUID)


@dataclass(frozen=True, slots=True)
class Entry:
    id: EntryId
    track_id: TrackId
    added_at: datetime


@dataclass(frozen=True, slots=True)
class QueuedTrack:
    """An entry with its track."""

    entry: Entry
    track: Track


@dataclass(frozen=True, slots=True)
class NextTrack:
    """An entry that can be played: an item of `queue` in a mix spec."""

    entry_id: EntryId
    track: PlayableTrack

    def to_json(self) -> dict[str, Any]:
        return {"entry_id": str(self.entry_id), "track": self.track.to_json()}
