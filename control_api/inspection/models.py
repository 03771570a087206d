"""What inspection knows of a track."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from control_api.identity import UserId
from control_api.inspection.findings import Inspected
from control_api.tracks.models import TrackId, TrackStatus

DUPLICATE, COPYRIGHT_CLAIM, INSPECTION_FAILED, MALWARE = (
    "DUPLICATE",
    "COPYRIGHT_CLAIM",
    "INSPECTION_FAILED",
    "MALWARE",
)
FAILED_SENTENCE = "This file could not be inspected: it is damaged, or needs more than a track may. Try another copy."
GIVEN_UP_SENTENCE = "The inspection failed on our side, more than once. Upload the file again later."
MAX_SENTENCE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """A track to look at."""

    id: TrackId
    dj_id: UserId
    status: TrackStatus
    suffix: str
    title: str
    upload_date: datetime
    original_key: str | None
    waveform_key: str | None

    @property
    def folder(self) -> str:
        """Where its objects are."""
        return f"tracks/{self.dj_id}/{self.upload_date:%Y/%m/%d}/{self.id}"

    def key(self, name: str) -> str:
        return f"{self.folder}/{name}"

    @property
    def original(self) -> str:
        return self.key(f"original{self.suffix}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a track is rejected or held."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Scans:
    """What was found in a file, for `scan_results`."""

    rules: tuple[str, ...] = ()
    clamav: str | None = None
    """`clean`, or the name of what it found; None where it was not asked."""
    same_recording_as: TrackId | None = None
    duplicate_of: TrackId | None = None
    claim: UUID | None = None
    claim_seconds: float | None = None

    def to_json(self) -> dict[str, object]:
        said = {
            "rules": list(self.rules),
            "clamav": self.clamav,
            "sameRecordingAs": _text(self.same_recording_as),
            "duplicateOf": _text(self.duplicate_of),
            "claimId": _text(self.claim),
            "claimSeconds": None if self.claim_seconds is None else round(self.claim_seconds, 1),
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that passed, and where its objects are."""

    found: Inspected
    audio_bytes: int
    cover_key: str | None


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """A work of the register and how it sounds."""

    id: UUID
    title: str
    claimant: str
    fingerprint: Sequence[int]
    duration_s: float
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Work:
    """A work of the register of claims, or a track of the DJ's own, that matches."""

    id: UUID
    title: str
    claimant: str
    seconds: float

    @property
    def problem(self) -> Problem:
        """Why a track is held in which this work was found."""
        return Problem(
            COPYRIGHT_CLAIM,
            f"This is, or has in it, “{self.title}”, which {self.claimant} claims. A moderator decides.",
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
