"""What control_api wants to be run: the mix specs of `mixer:mixes:{id}`, and tracks that can be played."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mixer.worker.rejected import MessageRejected

MAX_SPEC_BYTES: Final = 256 * 1024
HOT_CUES: Final = 8

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""An id: of a stream, user, track or entry."""
Text = Annotated[str, Field(max_length=500)]
Frame = Annotated[float, Field(ge=-1e9, le=1e10)]


class Message(BaseModel):
    """Frozen and strict; what is not known is left out, so that a newer sender is understood."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class Structure(Message):
    sound_start_s: float = Field(ge=0.0)
    sound_end_s: float = Field(ge=0.0)
    intro_end_s: float = Field(ge=0.0)
    outro_start_s: float = Field(ge=0.0)


class Playable(Message):
    """A track as control_api hands it to a mix. `content_id` is the SHA-256 of the object in hexadecimal."""

    track_id: Name
    content_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    object_key: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$", max_length=500)
    suffix: str = Field(pattern=r"^\.[a-z0-9]{1,5}$")
    title: Text
    artist: Text | None = None
    duration_s: float = Field(ge=0.0)
    bpm: float | None = Field(default=None, ge=20.0, le=400.0)
    grid_frame: Frame | None = None
    key: Text | None = None
    camelot: Text | None = None
    trim_db: float = Field(default=0.0, ge=-60.0, le=60.0)
    hot_cues: list[Frame | None] = Field(default=[None] * HOT_CUES, max_length=HOT_CUES)
    cue_frame: Frame = 0.0
    structure: Structure | None = None

    @property
    def grid(self) -> tuple[float, float] | None:
        """Tempo and first downbeat; None unless both are known."""
        return None if self.bpm is None or self.grid_frame is None else (self.bpm, self.grid_frame)


class Member(Message):
    user_id: Name
    name: Text


class FeedPlace(Message):
    url: str = Field(pattern=r"^https?://[^\s]+$", max_length=1000)
    token: str = Field(max_length=4096, repr=False)


class QueueEntry(Message):
    entry_id: Name
    track: Playable


class MixSpec(Message):
    """One mix as it is to be."""

    stream_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    revision: int = Field(ge=0)
    deck_count: Literal[2, 4]
    on_air: bool
    opus_bitrate_bps: int = Field(ge=64_000, le=510_000)
    recording_room_bytes: int = Field(ge=0)
    """What the lead's recordings may still take."""
    lead: Name
    members: list[Member] = Field(max_length=100)
    feed: FeedPlace
    queue: list[QueueEntry] = Field(max_length=20)

    def member_name(self, user_id: str) -> str | None:
        """What a member is called; None for anybody else."""
        return next((member.name for member in self.members if member.user_id == user_id), None)


_SPEC: Final = TypeAdapter(MixSpec)


def read_spec(text: str | bytes, *, stream_id: str) -> MixSpec:
    """The spec of this stream's mix. Raises MessageRejected."""
    if len(text) > MAX_SPEC_BYTES:
        raise MessageRejected(f"a mix spec has at most {MAX_SPEC_BYTES} bytes")
    try:
        spec = _SPEC.validate_json(text)
    except ValidationError as error:
        raise MessageRejected(f"no mix spec: {places(error)}") from None
    if spec.stream_id != stream_id:
        raise MessageRejected("a mix spec of another stream")
    return spec


def places(error: ValidationError) -> str:
    """Where a message is wrong, without its values: they may be secret, and are not ours."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, problem['loc'])) or 'all of it'} ({problem['type']})" for problem in problems)
