"""Requests and answers about streams."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from control_api.api.envelopes import LINE, TEXT, Body, PageQuery, Parameters, View
from control_api.identity import Role
from control_api.streams.models import (
    EndedReason,
    MediaState,
    PublishGrant,
    Source,
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
    title: Title
    description: Description = ""


class StartDjStreamRequest(StartStreamRequest):
    source: Source | None = Field(
        default=None, strict=False, description="A mix where a booth is open, else a camera, when left out."
    )


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
    thumbnail_url: None = None
    start_time: datetime
    end_time: datetime | None
    viewer_count: int
    peak_viewers: int
    status: Status
    media_state: MediaState
    ended_reason: EndedReason | None

    @classmethod
    def of(cls, stream: Stream) -> "StreamView":
        return cls(
            id=stream.id,
            creator_id=stream.creator_id,
            creator_type=stream.creator_type,
            creator_name=stream.creator_name,
            title=stream.title,
            description=stream.description,
            start_time=stream.start_time,
            end_time=stream.end_time,
            viewer_count=stream.viewer_count,
            peak_viewers=stream.peak_viewers,
            status=stream.status,
            media_state=stream.media_state,
            ended_reason=stream.ended_reason,
        )


class PublishView(View):
    whip_url: str
    token: str
    expires_at: datetime
    generation: int
    ice_servers: list[dict[str, Any]] = Field(default_factory=list)

    @classmethod
    def of(cls, grant: PublishGrant) -> "PublishView":
        return cls(whip_url=grant.whip_url, token=grant.token, expires_at=grant.expires_at, generation=grant.generation)


class WatchView(View):
    whep_url: str
    hls_url: str
    token: str
    expires_at: datetime
    ice_servers: list[dict[str, Any]] = Field(default_factory=list)

    @classmethod
    def of(cls, grant: WatchGrant) -> "WatchView":
        return cls(whep_url=grant.whep_url, hls_url=grant.hls_url, token=grant.token, expires_at=grant.expires_at)


class StartedView(View):
    stream: StreamView
    publish: PublishView


class StartedDjView(View):
    stream: StreamView
    publish: PublishView | None = Field(description="null for a mix, which needs no publisher.")


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
