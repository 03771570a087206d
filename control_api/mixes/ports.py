"""What mixes ask of a DJ's library and queue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.play_queue.models import EntryId, NextTrack
from control_api.tracks.models import PlayableTrack, TrackId


class Library(Protocol):
    async def playable(self, dj_id: UserId, track_id: TrackId) -> PlayableTrack:
        """Raises TrackNotFound, TrackNotReady."""

    async def hot_cues_changed(
        self, connection: Connection, track_id: TrackId, hot_cues: Sequence[float | None]
    ) -> None:
        """Keep what was set at a deck. Raises ValueError for what are no hot cues."""

    async def played(self, connection: Connection, track_id: TrackId, at: datetime) -> None:
        """Count a play of the track."""


class Queue(Protocol):
    async def next_entries(self, dj_id: UserId, limit: int) -> list[NextTrack]:
        """The first `limit` of the DJ's queue that can be played."""

    async def remove_played(self, connection: Connection, entry_id: EntryId) -> None:
        """Take out what a mix has played."""
