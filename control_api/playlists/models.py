"""Playlists as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

PlaylistId = NewType("PlaylistId", UUID)


@dataclass(frozen=True, slots=True)
class Playlist:
    """`duration_s` adds up the tracks whose durations are known."""

    id: PlaylistId
    name: str
    track_count: int
    duration_s: float
    created_at: datetime
