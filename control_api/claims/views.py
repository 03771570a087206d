"""Requests and answers about claims and held tracks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from control_api.api.envelopes import Body, PageQuery, Parameters, View
from control_api.claims.models import Act, Claim, HeldTrack, ModeratorAct, Sound
from control_api.tracks.models import Track, TrackId, TrackStatus
from control_api.tracks.views import DecisionView, ProblemView
from control_api.tracks.words import Title, clean_line

MAX_NUMBERS = 5_000
"""Ten minutes of sound: no more fits into a request."""
NUMBERS_A_SECOND = 11_025 * 3 / 4_096


def _cleaned(text: object) -> object:
    return clean_line(text) if isinstance(text, str) else text


def _signed(numbers: list[int] | None) -> list[int] | None:
    """Chromaprint's own program writes unsigned numbers, PostgreSQL keeps signed ones."""
    return numbers and [number - 2**32 if number >= 2**31 else number for number in numbers]


Reason = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=300)]
Number = Annotated[int, Field(ge=-(2**31), lt=2**32)]


class HeldPath(Parameters):
    id: UUID


class ClaimPath(Parameters):
    id: UUID


class ClaimsQuery(PageQuery):
    withdrawn: bool = False


class WithdrawQuery(Parameters):
    reason: Reason


class DecisionRequest(Body):
    reason: Reason = Field(description="The DJ reads it.")


class ClaimRequest(Body):
    """A work by how it sounds: as a track that is here, or by its fingerprint."""

    title: Title
    claimant: Title
    reason: Reason
    track_id: UUID | None = None
    fingerprint: Annotated[
        Annotated[list[Number], Field(min_length=24, max_length=MAX_NUMBERS)] | None, AfterValidator(_signed)
    ] = Field(default=None, description="What `fpcalc -raw` says of the whole work.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "ClaimRequest":
        if (self.track_id is None) == (self.fingerprint is None):
            raise ValueError("either trackId or fingerprint")
        return self

    @property
    def sound(self) -> Sound | TrackId:
        if self.fingerprint is not None:
            return Sound(self.fingerprint, len(self.fingerprint) / NUMBERS_A_SECOND)
        assert self.track_id is not None
        return TrackId(self.track_id)


class FoundClaimView(View):
    id: UUID
    title: str
    claimant: str
    seconds: float | None = Field(description="So much of it, without a break, is in the track.")


class HeldTrackView(View):
    id: UUID
    title: str
    artist: str
    file_name: str
    duration_s: float | None
    upload_date: datetime
    dj_id: UUID
    dj_name: str
    problem: ProblemView
    claim: FoundClaimView | None

    @classmethod
    def of(cls, held: HeldTrack) -> "HeldTrackView":
        claim = None
        if held.claim_id is not None and held.claim_title is not None and held.claimant is not None:
            claim = FoundClaimView(
                id=held.claim_id, title=held.claim_title, claimant=held.claimant, seconds=held.claim_seconds
            )
        return cls(
            id=held.id,
            title=held.title,
            artist=held.artist,
            file_name=held.file_name,
            duration_s=held.duration_s,
            upload_date=held.upload_date,
            dj_id=held.dj_id,
            dj_name=held.dj_name,
            problem=ProblemView(code=held.problem.code, message=held.problem.message),
            claim=claim,
        )


class DecidedTrackView(View):
    id: UUID
    title: str
    status: TrackStatus
    decision: DecisionView | None


class DecidedView(View):
    track: DecidedTrackView

    @classmethod
    def of(cls, track: Track) -> "DecidedView":
        decision = DecisionView.of(track.decision) if track.decision else None
        return cls(track=DecidedTrackView(id=track.id, title=track.title, status=track.status, decision=decision))


class ClaimView(View):
    id: UUID
    title: str
    claimant: str
    duration_s: float
    created_at: datetime
    withdrawn_at: datetime | None
    held_tracks: int

    @classmethod
    def of(cls, claim: Claim) -> "ClaimView":
        return cls(
            id=claim.id,
            title=claim.title,
            claimant=claim.claimant,
            duration_s=claim.duration_s,
            created_at=claim.created_at,
            withdrawn_at=claim.withdrawn_at,
            held_tracks=claim.held_tracks,
        )


class OneClaimView(View):
    claim: ClaimView


class ActView(View):
    id: UUID
    acted_at: datetime
    moderator_id: UUID
    moderator_name: str
    act: Act
    track_id: UUID | None
    dj_id: UUID | None
    claim_id: UUID | None
    title: str = Field(description="Of the track, or of the claimed work.")
    reason: str

    @classmethod
    def of(cls, act: ModeratorAct) -> "ActView":
        return cls(
            id=act.id,
            acted_at=act.acted_at,
            moderator_id=act.moderator_id,
            moderator_name=act.moderator_name,
            act=act.act,
            track_id=act.track_id,
            dj_id=act.dj_id,
            claim_id=act.claim_id,
            title=act.title,
            reason=act.reason,
        )
