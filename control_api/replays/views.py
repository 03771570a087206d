"""Requests and answers about replays."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from control_api.api.envelopes import Body, PageQuery, Parameters, View
from control_api.replays.addresses import ReplayAddresses
from control_api.replays.models import Chapter, DownloadState, Rendition, ReplayState, Visibility
from control_api.replays.service import ReplayChanges, Shown
from control_api.streams.views import Description, Title

MOST_DAYS = 3_650


class ReplayPath(Parameters):
    id: UUID


class TokenPath(ReplayPath):
    token: Annotated[str, StringConstraints(max_length=64)]


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
ObjectName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,96}\.(m4s|mp4)$")]


class RenditionPath(ReplayPath):
    rendition: Name


class TokenRenditionPath(TokenPath):
    rendition: Name


class MediaPath(ReplayPath):
    name: ObjectName


class TokenMediaPath(TokenPath):
    name: ObjectName


class ReplaysQuery(PageQuery):
    creator_id: UUID | None = None


class EditReplayRequest(Body):
    """What is left out stays as it is."""

    title: Title | None = None
    description: Description | None = None
    visibility: Visibility | None = Field(default=None, strict=False)
    keep_days: int | None = Field(
        default=None, ge=1, le=MOST_DAYS, description="How long it is kept, from now on; null for ever."
    )

    def changes(self) -> ReplayChanges:
        sets_keep = "keep_days" in self.model_fields_set
        return ReplayChanges(self.title, self.description, self.visibility, sets_keep, self.keep_days)


class ReplayRenditionView(View):
    name: str
    width: int
    height: int

    @classmethod
    def of(cls, rendition: Rendition) -> "ReplayRenditionView":
        return cls(name=rendition.name, width=rendition.width, height=rendition.height)


class ChapterView(View):
    at_s: float
    title: str

    @classmethod
    def of(cls, chapter: Chapter) -> "ChapterView":
        return cls(at_s=chapter.at_s, title=chapter.title)


class ReplayView(View):
    id: UUID
    stream_id: UUID
    creator_id: UUID
    creator_name: str
    title: str
    description: str
    state: ReplayState
    visibility: Visibility
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    bytes: int
    thumbnail_url: str | None
    renditions: list[ReplayRenditionView]
    chapters: list[ChapterView] = Field(description="Where the publisher came again; empty in lists.")
    keep_until: datetime | None = Field(description="When it is deleted; null for never.")

    @classmethod
    def of(cls, shown: Shown, addresses: ReplayAddresses) -> "ReplayView":
        replay = shown.replay
        return cls(
            id=replay.id,
            stream_id=replay.stream_id,
            creator_id=replay.creator_id,
            creator_name=replay.creator_name,
            title=replay.title,
            description=replay.description,
            state=replay.state,
            visibility=replay.visibility,
            started_at=replay.started_at,
            ended_at=replay.ended_at,
            duration_s=round(replay.duration_s, 3),
            bytes=replay.bytes,
            thumbnail_url=addresses.thumbnail(replay),
            renditions=[ReplayRenditionView.of(rendition) for rendition in shown.renditions],
            chapters=[ChapterView.of(chapter) for chapter in shown.chapters],
            keep_until=replay.keep_until,
        )


class OneReplayView(View):
    replay: ReplayView


class WatchReplayView(View):
    replay: ReplayView
    playlist_url: str = Field(description="From the root of this server; with a token in it where it is not public.")
    download_url: str | None = Field(description="For its creator: the same as the download, for a browser to follow.")


class DownloadView(View):
    state: DownloadState
    progress: float = Field(ge=0, le=1)
