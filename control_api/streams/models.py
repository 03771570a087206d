"""Streams as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from control_api.identity import Role, StreamId, UserId, ViewerId
from control_api.media.ice_servers import IceServer


class Status(StrEnum):
    """SCHEDULED while it is announced, or prepared in a booth: of that nobody outside may know."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"


class MediaState(StrEnum):
    """WAITING until the publisher's first packet, INTERRUPTED while it is lost and may come back."""

    WAITING = "waiting"
    LIVE = "live"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


ON_AIR = frozenset({MediaState.LIVE, MediaState.INTERRUPTED})


class Source(StrEnum):
    """Where the programme comes from: a publisher's CAMERA, a MIX, or an ENCODER such as OBS."""

    CAMERA = "camera"
    MIX = "mix"
    ENCODER = "encoder"


class Ingest(StrEnum):
    """How the media come to us."""

    WHIP = "whip"
    RTMP = "rtmp"
    RTMPS = "rtmps"
    SRT = "srt"
    MIX = "mix"


class EndedReason(StrEnum):
    ENDED = "ended"
    PUBLISHER_LOST = "publisher_lost"
    NEVER_PUBLISHED = "never_published"
    WORKER_LOST = "worker_lost"
    NEVER_STARTED = "never_started"


@dataclass(frozen=True, slots=True)
class Stream:
    id: StreamId
    creator_id: UserId
    creator_type: Role
    creator_name: str
    title: str
    description: str
    source: Source
    status: Status
    media_state: MediaState
    media_state_since: datetime
    ended_reason: EndedReason | None
    start_time: datetime
    end_time: datetime | None
    viewer_count: int
    peak_viewers: int
    worker_id: str
    publish_generation: int
    publish_granted_at: datetime
    scheduled_for: datetime | None = None
    """When it is, or was, to begin: of what was announced."""
    record: bool = False
    """Whether it is to be recorded when it begins."""
    ingest: Ingest | None = None
    recording_id: UUID | None = None
    """Of the recording that is wanted of it."""
    newest_replay_id: UUID | None = None
    newest_public_replay_id: UUID | None = None

    @property
    def is_on_air(self) -> bool:
        """Whether it belongs into the list of live streams."""
        return self.media_state in ON_AIR

    @property
    def is_announced(self) -> bool:
        """Whether it is still to begin, and everybody may know."""
        return self.status is Status.SCHEDULED and self.scheduled_for is not None

    @property
    def is_public(self) -> bool:
        """Whether those who did not prepare it may know that there is, or was, such a stream."""
        is_in_booth = self.status is Status.SCHEDULED and not self.is_announced
        return not is_in_booth and self.ended_reason is not EndedReason.NEVER_STARTED

    def replay_id_for(self, user_id: UserId | None) -> UUID | None:
        """The newest replay of it that this user, None for anybody, may see."""
        return self.newest_replay_id if user_id == self.creator_id else self.newest_public_replay_id


@dataclass(frozen=True, slots=True)
class StreamState:
    """What those who watch a stream are told of it."""

    stream_id: StreamId
    status: Status
    media_state: MediaState
    viewer_count: int
    ended_reason: EndedReason | None

    @classmethod
    def of(cls, stream: Stream) -> "StreamState":
        return cls(stream.id, stream.status, stream.media_state, stream.viewer_count, stream.ended_reason)


@dataclass(frozen=True, slots=True)
class NewStream:
    creator_id: UserId
    creator_type: Role
    title: str
    description: str
    worker_id: str
    source: Source = Source.CAMERA


@dataclass(frozen=True, slots=True)
class StartWish:
    """What is to go live: a new stream, which has a title, or the announced `stream_id`, with other words where some
    are given."""

    stream_id: StreamId | None
    title: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a stream is to be that begins later."""

    title: str
    description: str
    starts_at: datetime
    record: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    id: ViewerId
    stream_id: StreamId
    user_id: UserId | None
    username: str | None
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class PublishGrant:
    """`worker_id`: the media worker that it is for."""

    worker_id: str
    whip_url: str
    token: str
    expires_at: datetime
    generation: int
    ice_servers: tuple[IceServer, ...]


@dataclass(frozen=True, slots=True)
class WatchGrant:
    """`worker_id`: the media worker at `whep_url`; `origin_id`: that at `hls_url`."""

    viewer_id: ViewerId
    worker_id: str
    origin_id: str
    whep_url: str
    hls_url: str
    token: str
    expires_at: datetime
    ice_servers: tuple[IceServer, ...]
