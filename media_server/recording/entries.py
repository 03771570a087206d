"""The journal of a spool: what was put on disk, what is to become of it, and how far that got. One JSON line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from media_server.hub.frames import Kind, Origin

Name = Annotated[str, Field(pattern=r"^[a-z0-9]{1,32}$")]
"""Of a rendition; part of file names."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Initialized(_Entry):
    """An initialization segment was written. `codec` is as in RFC 6381, sizes are in pixels."""

    entry: Literal["initialized"] = "initialized"
    rendition: Name
    init: int
    kind: Kind
    codec: str
    width: int = 0
    height: int = 0
    origin: Origin = "source"


class Opened(_Entry):
    """A segment began. `media_s` is its place on the stream's media timeline, `date_time` Unix seconds."""

    entry: Literal["opened"] = "opened"
    rendition: Name
    number: int
    init: int
    media_s: float
    date_time: float
    discontinuity: bool


class Appended(_Entry):
    """A part was written to the end of a segment."""

    entry: Literal["appended"] = "appended"
    rendition: Name
    number: int
    duration_s: float
    size: int


class Completed(_Entry):
    """Nothing is added to a segment any more."""

    entry: Literal["completed"] = "completed"
    rendition: Name
    number: int


class RecordingBegan(_Entry):
    """Segments that are completed from here on belong to a recording; objects of it begin with `prefix`."""

    entry: Literal["recording_began"] = "recording_began"
    recording_id: str
    prefix: str
    room_bytes: int


class RecordingEnded(_Entry):
    """No further segments belong to it."""

    entry: Literal["recording_ended"] = "recording_ended"
    recording_id: str
    reason: Literal["ended", "no_room", "switched_off"]


class Kept(_Entry):
    """A segment of a recording is among the objects, and the control plane was told."""

    entry: Literal["kept"] = "kept"
    recording_id: str
    rendition: Name
    number: int


class Closed(_Entry):
    """The control plane was told that a recording is over."""

    entry: Literal["closed"] = "closed"
    recording_id: str


Entry = Initialized | Opened | Appended | Completed | RecordingBegan | RecordingEnded | Kept | Closed
_ENTRY: Final[TypeAdapter[Entry]] = TypeAdapter(Annotated[Entry, Field(discriminator="entry")])


class JournalDamaged(ValueError):
    """A line of a journal is none of ours, and it is not the last one."""


def to_line(entry: Entry) -> bytes:
    """One line, with its end."""
    return entry.model_dump_json().encode() + b"\n"


def read_lines(lines: Iterable[bytes]) -> Iterator[Entry]:
    """The entries of a journal, up to a last line that was cut off. Raises JournalDamaged."""
    waiting: bytes | None = None
    for line in lines:
        if waiting is not None:
            yield _entry(waiting)
        waiting = line
    if waiting is not None and waiting.endswith(b"\n"):
        yield _entry(waiting)


def _entry(line: bytes) -> Entry:
    try:
        return _ENTRY.validate_json(line)
    except ValidationError as error:
        raise JournalDamaged("a line of the journal cannot be read") from error
