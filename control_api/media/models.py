"""The snapshot a media worker writes into Valkey (ARCHITECTURE.md, "Valkey")."""

from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from control_api.identity import StreamId, UserId

RoomState = Literal["live", "interrupted", "ended"]

log = structlog.get_logger(__name__)


class _Snapshot(BaseModel):
    # A worker of a newer version may say more than we know of.
    model_config = ConfigDict(frozen=True, extra="ignore")


def _or_none(value: Any, parse: ValidatorFunctionWrapHandler) -> Any:
    try:
        return parse(value)
    except ValidationError as error:
        log.warning("room_detail_unreadable", problems=error.error_count(), model=error.title)
        return None


Detail = TypeVar("Detail")
Report = Annotated[Detail | None, WrapValidator(_or_none)]
"""What is only shown: a worker is not given up because a word of that makes no sense."""
Word = Annotated[str, StringConstraints(max_length=64)]
Sentence = Annotated[str, StringConstraints(max_length=400)]
Rate = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
Level = Literal["good", "fair", "bad"]


class Finding(_Snapshot):
    code: Word
    level: Level
    message: Sentence
    setting: Sentence | None = None


class Health(_Snapshot):
    """How an encoder's stream arrives. `keyframe_s` is from one key frame to the next."""

    level: Level
    bitrate_bps: Rate
    fps: Rate
    keyframe_s: Seconds
    findings: Annotated[list[Finding], Field(max_length=32)]


class RoomRendition(_Snapshot):
    name: Word
    codec: Word
    width: int = Field(ge=0, le=65_535)
    height: int = Field(ge=0, le=65_535)
    bitrate_bps: Rate | None
    """What was promised; None where nobody said."""
    origin: Word


class RoomRecording(_Snapshot):
    recording_id: Word
    state: Literal["recording", "behind", "no_room"]
    seconds: Seconds
    bytes: int = Field(ge=0)


class TargetState(_Snapshot):
    """`dropped_s` of the stream did not get there. Times are epoch seconds."""

    state: Literal["connecting", "live", "waiting", "refused"]
    since: Seconds
    bitrate_bps: Rate
    dropped_s: Seconds
    problem: Sentence | None = None
    retry_at: Seconds | None = None


class RoomSnapshot(_Snapshot):
    state: RoomState
    role: Literal["origin", "edge"] = "origin"
    """Whether the publisher is at this worker, or at another from which the stream is pulled."""
    generation: int = Field(ge=1)
    viewers: int = Field(ge=0)
    ended_reason: Literal["ended", "publisher_lost"] | None = None
    ingest: Report[Literal["whip", "rtmp", "rtmps", "srt", "mix", "relay"]] = None
    preview: bool = False
    """Whether the worker has a picture of it to show."""
    health: Report[Health] = None
    renditions: Report[Annotated[list[RoomRendition], Field(max_length=32)]] = None
    ladder: Report[Literal["off", "on", "no_room", "not_needed"]] = None
    recording: Report[RoomRecording] = None
    targets: Report[Annotated[dict[UUID, TargetState], Field(max_length=32)]] = None


class WorkerSnapshot(_Snapshot):
    worker_id: str = Field(min_length=1, max_length=128)
    http_port: int = Field(ge=1, le=65_535)
    hls_port: Report[Annotated[int, Field(ge=1, le=65_535)]] = None
    """Where processes beside the worker serve its LL-HLS, if there are any."""
    public_url: str | None = None
    internal_url: str
    """Where other processes of ours reach it."""
    started_at: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Epoch seconds: of the process, which another of the same name may have followed."""
    viewers: int = Field(ge=0)
    draining: bool = False
    """Whether it is about to leave, and takes nobody in."""
    load: float = Field(default=0.0, ge=0, le=1)
    """Of its processor or its sessions, whichever is greater."""
    rooms: dict[StreamId, RoomSnapshot]
    booths: dict[StreamId, frozenset[UserId]] = Field(default_factory=dict)
    """Who hears the cue of a mix here, or talks in it."""

    def origin_room(self, stream_id: StreamId) -> RoomSnapshot | None:
        """The stream's room, if its publisher is, or was, here."""
        room = self.rooms.get(stream_id)
        return room if room is not None and room.role == "origin" else None
