"""Claims, held tracks, and what moderators did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from control_api.identity import UserId
from control_api.tracks.models import Problem, TrackId

ClaimId = NewType("ClaimId", UUID)


@dataclass(frozen=True, slots=True)
class Claim:
    """A work that somebody claims; once it is withdrawn, nothing is held for it."""

    id: ClaimId
    title: str
    claimant: str
    duration_s: float
    created_at: datetime
    withdrawn_at: datetime | None
    held_tracks: int


@dataclass(frozen=True, slots=True)
class Sound:
    """A Chromaprint fingerprint in signed 32-bit integers, 8.07 a second."""

    fingerprint: Sequence[int]
    duration_s: float


@dataclass(frozen=True, slots=True)
class HeldTrack:
    """A track that waits for a moderator. `claim_seconds` without a break are of the claimed work."""

    id: TrackId
    title: str
    artist: str
    file_name: str
    duration_s: float | None
    upload_date: datetime
    dj_id: UserId
    dj_name: str
    problem: Problem
    claim_id: ClaimId | None
    claim_title: str | None
    claimant: str | None
    claim_seconds: float | None


class Act(StrEnum):
    TRACK_RELEASED = "track_released"
    TRACK_REJECTED = "track_rejected"
    CLAIM_MADE = "claim_made"
    CLAIM_WITHDRAWN = "claim_withdrawn"


@dataclass(frozen=True, slots=True)
class ModeratorAct:
    """Who did what to which track or claim, when and why. `title` is that of the track or the claimed work."""

    id: UUID
    acted_at: datetime
    moderator_id: UserId
    moderator_name: str
    act: Act
    track_id: TrackId | None
    dj_id: UserId | None
    claim_id: ClaimId | None
    title: str
    reason: str
