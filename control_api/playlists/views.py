"""Requests and answers about playlists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from control_api.api.envelopes import Body, Parameters, View
from control_api.linked_files.links import FileLinks
from control_api.playlists.models import Playlist
from control_api.playlists.service import MAX_TRACKS
from control_api.tracks.models import Track
from control_api.tracks.views import TrackView
from control_api.tracks.words import Name


class PlaylistPath(Parameters):
    id: UUID


class PlaylistRequest(Body):
    name: Name


class PlaylistTracksRequest(Body):
    track_ids: Annotated[list[UUID], Field(max_length=MAX_TRACKS)]


class PlaylistView(View):
    id: UUID
    name: str
    track_count: int
    duration_s: float
    created_at: datetime

    @classmethod
    def of(cls, playlist: Playlist) -> "PlaylistView":
        return cls(
            id=playlist.id,
            name=playlist.name,
            track_count=playlist.track_count,
            duration_s=playlist.duration_s,
            created_at=playlist.created_at,
        )


class OnePlaylistView(View):
    playlist: PlaylistView


class PlaylistsView(View):
    playlists: list[PlaylistView]


class PlaylistTracksView(View):
    playlist: PlaylistView
    tracks: list[TrackView] = Field(description="In order; a track as often as it is in the playlist.")

    @classmethod
    def of(cls, playlist: Playlist, tracks: Sequence[Track], links: FileLinks) -> "PlaylistTracksView":
        return cls(playlist=PlaylistView.of(playlist), tracks=[TrackView.of(track, links) for track in tracks])
