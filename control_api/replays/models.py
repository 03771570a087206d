"""Replays as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType
from uuid import UUID

from control_api.identity import StreamId, UserId

ReplayId = NewType("ReplayId", UUID)
Kind = Literal["video", "audio"]


class ReplayState(StrEnum):
    """RECORDING until the worker says that nothing follows, or is not heard of any more."""

    RECORDING = "recording"
    READY = "ready"
    FAILED = "failed"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class DownloadState(StrEnum):
    NONE = "none"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Replay:
    """Its objects' keys begin with `prefix`."""

    id: ReplayId
    stream_id: StreamId
    creator_id: UserId
    creator_name: str
    title: str
    description: str
    state: ReplayState
    visibility: Visibility
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    bytes: int
    keep_until: datetime | None
    thumbnail_key: str | None
    download_state: DownloadState
    download_progress: float
    download_key: str | None

    @property
    def prefix(self) -> str:
        return prefix_of(self.creator_id, self.stream_id, self.id)

    def may_be_seen_by(self, user_id: UserId | None) -> bool:
        return self.visibility is Visibility.PUBLIC or self.creator_id == user_id


def prefix_of(creator_id: UserId, stream_id: StreamId, replay_id: ReplayId) -> str:
    return f"replays/{creator_id}/{stream_id}/{replay_id}"


@dataclass(frozen=True, slots=True)
class Init:
    """An initialization segment, and how what follows it is encoded: `codec` as in RFC 6381, sizes in pixels."""

    number: int
    object_name: str
    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rendition:
    """`peak_bps` is that of its largest segment."""

    name: str
    kind: Kind
    duration_s: float
    bytes: int
    peak_bps: float
    inits: tuple[Init, ...]

    @property
    def width(self) -> int:
        return max((init.width for init in self.inits), default=0)

    @property
    def height(self) -> int:
        return max((init.height for init in self.inits), default=0)


@dataclass(frozen=True, slots=True)
class Segment:
    """`media_s` is its place on the stream's media timeline."""

    number: int
    init: int
    object_name: str
    duration_s: float
    media_s: float
    date_time: datetime
    bytes: int
    discontinuity: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    at_s: float
    title: str


@dataclass(frozen=True, slots=True)
class RecordingWish:
    """What is wanted of a stream: a recording that may have so much room in all."""

    replay_id: ReplayId
    prefix: str
    room_bytes: int
