"""What the control plane wants of a stream, at whichever worker has it (ARCHITECTURE.md, "Spec of a stream")."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_MAX_TARGETS = 20

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class SpecUnreadable(ValueError):
    """Not a spec."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RecordingSpec(_Part):
    """A recording that there is to be; its objects' keys begin with `prefix`."""

    recording_id: Identifier
    prefix: str = Field(pattern=r"^[A-Za-z0-9_/-]{1,300}$")
    room_bytes: int = Field(ge=0)


class TargetSpec(_Part):
    """Where the stream goes beside here. `sealed_key` is its stream key, encrypted."""

    target_id: Identifier
    url: str = Field(max_length=500, pattern=r"^rtmps?://")
    sealed_key: str = Field(max_length=2000, repr=False)


class StreamSpec(_Part):
    """`ladder`: whether renditions are to be made where there is room. `rewind_s`: how far viewers may go back."""

    stream_id: Identifier
    revision: int = Field(ge=0)
    creator_id: Identifier
    recording: RecordingSpec | None = None
    rewind_s: float = Field(default=0.0, ge=0.0, le=86_400.0)
    ladder: bool = False
    targets: tuple[TargetSpec, ...] = Field(default=(), max_length=_MAX_TARGETS)

    @classmethod
    def parse(cls, text: str) -> StreamSpec:
        """Raises SpecUnreadable, in words without secrets."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            places = "; ".join(f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in problems)
            raise SpecUnreadable(places) from None
