"""An upload, and how its bytes lie in quarantine.

An upload is a row of parts. Each part but the last has PART_BYTES; the last one grows by being written anew under
another name. Which objects are valid follows from the row's offset alone, so any node goes on where another stopped,
and what a node wrote that died before it said so is never read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from control_api.identity import UserId
from control_api.tracks.models import TrackId

UploadId = NewType("UploadId", UUID)

PART_BYTES = 2 * 1024 * 1024
LOCK = timedelta(seconds=60)
"""A node that has not said for this long that it still writes has lost the upload."""
MAX_UNFINISHED = 50
REMEMBERED = timedelta(hours=1)
"""How long a client may ask what became of an upload that is complete."""
INSPECT_TRACK = "inspect_track"
"""The job that takes a file out of quarantine. Payload: track_id, upload_id, length_bytes."""
QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Upload:
    """`lock` is the name under which its present writer holds it, None for everybody else."""

    id: UploadId
    dj_id: UserId
    file_name: str
    length_bytes: int
    offset_bytes: int
    expires_at: datetime
    is_complete: bool
    track_id: TrackId | None
    lock: str | None = None


def folder_of(upload_id: UploadId) -> str:
    return f"{QUARANTINE}/{upload_id}"


def part_key(upload_id: UploadId, start: int, end: int) -> str:
    """The object with the bytes from `start` to before `end`."""
    return f"{folder_of(upload_id)}/{start:012d}-{end:012d}"


def part_start(offset: int) -> int:
    """Where the part begins that the byte at `offset` belongs to."""
    return offset - offset % PART_BYTES


def parts_of(upload_id: UploadId, length: int) -> Iterator[str]:
    """The keys of an upload of `length` bytes, in order."""
    for start in range(0, length, PART_BYTES):
        yield part_key(upload_id, start, min(start + PART_BYTES, length))
