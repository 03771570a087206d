"""Requests and answers about plays, recordings and storage."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from control_api.api.envelopes import PageQuery, Parameters, View
from control_api.history.models import Play, Recording, StorageUse
from control_api.linked_files.links import FileLinks, LinkedFile


class HistoryQuery(PageQuery):
    stream_id: UUID | None = Field(default=None, description="One set alone.")


class RecordingPath(Parameters):
    id: UUID


class PlayView(View):
    id: UUID
    stream_id: UUID
    stream_title: str
    track_id: UUID | None = Field(description="Null when the track has been deleted since.")
    title: str
    artist: str
    played_at: datetime
    on_air: bool
    by_auto_dj: bool

    @classmethod
    def of(cls, play: Play) -> "PlayView":
        return cls(
            id=play.id,
            stream_id=play.stream_id,
            stream_title=play.stream_title,
            track_id=play.track_id,
            title=play.title,
            artist=play.artist,
            played_at=play.played_at,
            on_air=play.on_air,
            by_auto_dj=play.by_auto_dj,
        )


class RecordingView(View):
    id: UUID
    stream_id: UUID
    stream_title: str
    started_at: datetime
    duration_s: float
    bytes: int
    file_url: str = Field(description="Lives for an hour at least.")

    @classmethod
    def of(cls, recording: Recording, links: FileLinks) -> "RecordingView":
        return cls(
            id=recording.id,
            stream_id=recording.stream_id,
            stream_title=recording.stream_title,
            started_at=recording.started_at,
            duration_s=recording.duration_s,
            bytes=recording.bytes,
            file_url=links.url(LinkedFile.RECORDING, recording.id),
        )


class StorageView(View):
    used_bytes: int = Field(description="Tracks that are kept and uploads under way: what the limit is for.")
    limit_bytes: int
    track_count: int
    recording_count: int
    recordings_bytes: int
    recordings_limit_bytes: int = Field(description="Mixes stop recording where it is reached.")

    @classmethod
    def of(cls, use: StorageUse) -> "StorageView":
        return cls(
            used_bytes=use.used_bytes,
            limit_bytes=use.limit_bytes,
            track_count=use.counts.tracks,
            recording_count=use.counts.recordings,
            recordings_bytes=use.counts.recordings_bytes,
            recordings_limit_bytes=use.recordings_limit_bytes,
        )
