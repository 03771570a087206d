"""Requests and answers about streams."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from control_api.api.envelopes import LINE, TEXT, Body, PageQuery, Parameters, View
from control_api.identity import Role, StreamId, UserId
from control_api.media.views import IceServerView
from control_api.streams.models import (
    EndedReason,
    Ingest,
    MediaState,
    PublishGrant,
    Source,
    StartWish,
    Status,
    Stream,
    Viewer,
    WatchGrant,
)

Title = Annotated[str, LINE, StringConstraints(min_length=1, max_length=120)]
Description = Annotated[str, TEXT, StringConstraints(max_length=2_000)]
Search = Annotated[str, LINE, StringConstraints(max_length=100)]


class StreamPath(Parameters):
    id: UUID


class LiveQuery(PageQuery):
    role: Literal[Role.DJ, Role.PERFORMER] | None = None
    search: Search | None = Field(default=None, description="Part of a title or of the creator's name.")


class StartStreamRequest(Body):
    stream_id: UUID | None = Field(default=None, description="The announced one that begins; a new one when left out.")
    title: Title | None = Field(default=None, validate_default=True, description="Needed for a new one.")
    description: Description | None = None

    @field_validator("title")
    @classmethod
    def _of_a_new_one(cls, title: str | None, info: ValidationInfo) -> str | None:
        if title is None and info.data.get("stream_id") is None:
            raise ValueError("Field required")
        return title

    def wish(self) -> StartWish:
        return StartWish(StreamId(self.stream_id) if self.stream_id else None, self.title, self.description)


class StartDjStreamRequest(StartStreamRequest):
    source: Source | None = Field(
        default=None, strict=False, description="A mix where a booth is open, else a camera, when left out."
    )

    @field_validator("source")
    @classmethod
    def _can_begin(cls, source: Source | None, info: ValidationInfo) -> Source | None:
        if source is Source.ENCODER:
            raise ValueError("An encoder begins by itself")
        if source is Source.MIX and info.data.get("stream_id") is not None:
            raise ValueError("An announced stream begins with a camera or an encoder")
        return source


class EndStreamRequest(Body):
    stream_id: UUID | None = Field(default=None, description="The live one when left out.")


class LeaveRequest(Body):
    viewer_id: UUID


class StreamView(View):
    id: UUID
    creator_id: UUID
    creator_type: Role
    creator_name: str
    title: str
    description: str
    thumbnail_url: str | None = Field(description="While it is live, and its media server has a picture.")
    start_time: datetime
    end_time: datetime | None
    viewer_count: int
    peak_viewers: int
    status: Status
    media_state: MediaState
    ended_reason: EndedReason | None
    scheduled_for: datetime | None = Field(description="Of one that was announced.")
    replay_id: UUID | None = Field(description="The newest recording of it, if one may see it.")
    ingest: Ingest | None

    @classmethod
    def of(cls, stream: Stream, *, seen_by: UserId | None = None, thumbnail_url: str | None = None) -> "StreamView":
        return cls(
            id=stream.id,
            creator_id=stream.creator_id,
            creator_type=stream.creator_type,
            creator_name=stream.creator_name,
            title=stream.title,
            description=stream.description,
            thumbnail_url=thumbnail_url,
            start_time=stream.start_time,
            end_time=stream.end_time,
            viewer_count=stream.viewer_count,
            peak_viewers=stream.peak_viewers,
            status=stream.status,
            media_state=stream.media_state,
            ended_reason=stream.ended_reason,
            scheduled_for=stream.scheduled_for,
            replay_id=stream.replay_id_for(seen_by),
            ingest=stream.ingest,
        )


class PublishView(View):
    worker_id: str = Field(description="Of the media worker, as `stream:move` names it.")
    whip_url: str
    token: str
    expires_at: datetime
    generation: int
    ice_servers: list[IceServerView]

    @classmethod
    def of(cls, grant: PublishGrant) -> "PublishView":
        return cls(
            worker_id=grant.worker_id,
            whip_url=grant.whip_url,
            token=grant.token,
            expires_at=grant.expires_at,
            generation=grant.generation,
            ice_servers=IceServerView.of_all(grant.ice_servers),
        )


class WatchView(View):
    worker_id: str = Field(description="Of the media worker at whepUrl, as `stream:move` names it.")
    origin_id: str = Field(description="Of the media worker at hlsUrl.")
    whep_url: str
    hls_url: str
    token: str
    expires_at: datetime
    ice_servers: list[IceServerView]

    @classmethod
    def of(cls, grant: WatchGrant) -> "WatchView":
        return cls(
            worker_id=grant.worker_id,
            origin_id=grant.origin_id,
            whep_url=grant.whep_url,
            hls_url=grant.hls_url,
            token=grant.token,
            expires_at=grant.expires_at,
            ice_servers=IceServerView.of_all(grant.ice_servers),
        )


class StartedView(View):
    stream: StreamView
    publish: PublishView


class StartedDjView(View):
    stream: StreamView
    publish: PublishView | None = Field(description="null for a mix, which needs no publisher.")


class StreamsView(View):
    """Of streams that are not counted by the page."""

    streams: list[StreamView]


class OneStreamView(View):
    stream: StreamView


class CurrentStreamView(View):
    stream: StreamView | None


class PublishGrantView(View):
    publish: PublishView


class LiveStreamsView(View):
    """The specification's own shape of this list, which is not that of other pages."""

    streams: list[StreamView]
    total: int
    page: int
    per_page: int


class JoinedView(View):
    stream: StreamView
    viewer_id: UUID
    watch: WatchView


class ViewerView(View):
    viewer_id: UUID
    username: str | None
    joined_at: datetime

    @classmethod
    def of(cls, viewer: Viewer) -> "ViewerView":
        return cls(viewer_id=viewer.id, username=viewer.username, joined_at=viewer.joined_at)
