"""What a creator is told of a stream that is live."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from control_api.api.envelopes import View
from control_api.media.models import Health, RoomRecording, RoomRendition, RoomSnapshot, TargetState
from control_api.streams.models import Ingest, Stream


class FindingView(View):
    code: str
    level: Literal["good", "fair", "bad"]
    message: str
    setting: str | None = Field(description="What to change in the encoder.")


class HealthView(View):
    level: Literal["good", "fair", "bad"]
    bitrate_bps: float
    fps: float
    keyframe_s: float = Field(description="From one key frame to the next.")
    findings: list[FindingView]

    @classmethod
    def of(cls, health: Health) -> "HealthView":
        return cls.model_validate(health.model_dump())


class RenditionView(View):
    name: str
    codec: str
    width: int
    height: int
    bitrate_bps: float | None
    origin: str

    @classmethod
    def of(cls, rendition: RoomRendition) -> "RenditionView":
        return cls.model_validate(rendition.model_dump())


class RecordingStateView(View):
    recording_id: str
    state: Literal["recording", "behind", "no_room"]
    seconds: float
    bytes: int

    @classmethod
    def of(cls, recording: RoomRecording) -> "RecordingStateView":
        return cls.model_validate(recording.model_dump())


class TargetStateView(View):
    state: Literal["connecting", "live", "waiting", "refused"]
    since: float = Field(description="Epoch seconds.")
    bitrate_bps: float
    dropped_s: float = Field(description="Seconds of the stream that did not get there.")
    problem: str | None
    retry_at: float | None = Field(description="Epoch seconds.")

    @classmethod
    def of(cls, state: TargetState) -> "TargetStateView":
        return cls.model_validate(state.model_dump())


class StreamHealthView(View):
    health: HealthView | None
    ingest: Ingest | None
    renditions: list[RenditionView]
    ladder: Literal["off", "on", "no_room", "not_needed"]
    record: bool = Field(description="Whether it is recorded, or to be when it begins, as its creator switched.")
    recording: RecordingStateView | None
    targets: dict[UUID, TargetStateView]

    @classmethod
    def of(cls, stream: Stream, room: RoomSnapshot | None) -> "StreamHealthView":
        """`room` is None while no worker has it."""
        return cls(
            health=HealthView.of(room.health) if room and room.health else None,
            ingest=Ingest(room.ingest) if room and room.ingest else stream.ingest,
            renditions=[RenditionView.of(rendition) for rendition in room.renditions or []] if room else [],
            ladder=(room.ladder if room else None) or "off",
            record=stream.record,
            recording=RecordingStateView.of(room.recording) if room and room.recording else None,
            targets={id_: TargetStateView.of(state) for id_, state in (room.targets or {}).items()} if room else {},
        )
