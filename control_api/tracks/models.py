"""Tracks as PostgreSQL knows them, and as a mixer is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, TypedDict
from uuid import UUID

from control_api.identity import UserId

TrackId = NewType("TrackId", UUID)

FRAMES_PER_S = 48_000
"""Positions in a track are frames of the engine's sample rate, whatever the file's is."""
HOT_CUE_COUNT = 8

HotCues = tuple[float | None, ...]
"""HOT_CUE_COUNT positions in frames."""


class TrackStatus(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    HELD = "held"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a track is held or rejected: a stable code and a sentence."""

    code: str
    message: str


class DecisionOutcome(StrEnum):
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator decided about a track that was held, and why."""

    outcome: DecisionOutcome
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Track:
    id: TrackId
    dj_id: UserId
    status: TrackStatus
    problem: Problem | None
    decision: Decision | None
    file_name: str
    suffix: str
    file_size: int
    upload_date: datetime
    content_id: str | None
    original_key: str | None
    audio_key: str | None
    cover_key: str | None
    waveform_key: str | None
    scanned: bool
    scan_results: Mapping[str, Any]
    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    comment: str
    metadata: Mapping[str, Any]
    duration_s: float | None
    lufs: float | None
    trim_db: float
    bpm: float | None
    bpm_confidence: float | None
    grid_frame: float | None
    grid_edited: bool
    musical_key: str | None
    camelot: str | None
    structure: Mapping[str, Any] | None
    hot_cues: HotCues
    cue_frame: float
    play_count: int
    last_played_at: datetime | None
    crate_ids: Sequence[UUID]

    @property
    def is_audible(self) -> bool:
        """Whether its DJ may hear it. What somebody claims, or what is no music, is not given out."""
        return self.status is TrackStatus.READY and self.audio_key is not None

    @property
    def claim_id(self) -> UUID | None:
        """The claimed work that was found in it last."""
        claim_id = self.scan_results.get("claimId")
        return UUID(claim_id) if claim_id else None

    @property
    def folder(self) -> str:
        """Where all its objects are, and nothing else is."""
        return f"tracks/{self.dj_id}/{self.upload_date:%Y/%m/%d}/{self.id}"


@dataclass(frozen=True, slots=True)
class PlayableTrack:
    """What a mixer has to know to play a track: `playable` of the contract between control_api and mixers."""

    track_id: TrackId
    content_id: str
    object_key: str
    suffix: str
    title: str
    artist: str
    duration_s: float
    bpm: float | None
    grid_frame: float | None
    key: str | None
    camelot: str | None
    trim_db: float
    hot_cues: HotCues
    cue_frame: float
    structure: Mapping[str, Any] | None

    @classmethod
    def of(cls, track: Track) -> "PlayableTrack | None":
        """None for a track that is not ready."""
        if (
            track.status is not TrackStatus.READY
            or track.content_id is None
            or track.original_key is None
            or track.duration_s is None
        ):
            return None
        return cls(
            track_id=track.id,
            content_id=track.content_id,
            object_key=track.original_key,
            suffix=track.suffix,
            title=track.title,
            artist=track.artist,
            duration_s=track.duration_s,
            bpm=track.bpm,
            grid_frame=track.grid_frame,
            key=track.musical_key,
            camelot=track.camelot,
            trim_db=track.trim_db,
            hot_cues=track.hot_cues,
            cue_frame=track.cue_frame,
            structure=track.structure,
        )

    def to_json(self) -> dict[str, Any]:
        """The object of the contract, ready for json.dumps."""
        return {
            "track_id": str(self.track_id),
            "content_id": self.content_id,
            "object_key": self.object_key,
            "suffix": self.suffix,
            "title": self.title,
            "artist": self.artist,
            "duration_s": self.duration_s,
            "bpm": self.bpm,
            "grid_frame": self.grid_frame,
            "key": self.key,
            "camelot": self.camelot,
            "trim_db": self.trim_db,
            "hot_cues": list(self.hot_cues),
            "cue_frame": self.cue_frame,
            "structure": dict(self.structure) if self.structure is not None else None,
        }


class Sort(StrEnum):
    """What the library may be sorted by. KEY goes round the Camelot wheel."""

    UPLOAD_DATE = "uploadDate"
    TITLE = "title"
    ARTIST = "artist"
    ALBUM = "album"
    GENRE = "genre"
    YEAR = "year"
    BPM = "bpm"
    KEY = "key"
    DURATION = "duration"
    PLAY_COUNT = "playCount"
    LAST_PLAYED = "lastPlayed"


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tracks of a library, in which order. None stands for any; tracks without a value come last."""

    search: str | None = None
    genre: str | None = None
    camelot: Sequence[str] | None = None
    bpm_min: float | None = None
    bpm_max: float | None = None
    status: TrackStatus | None = None
    crate_id: UUID | None = None
    sort: Sort = Sort.UPLOAD_DATE
    order: Order = Order.DESC


class TrackChanges(TypedDict, total=False):
    """The columns to change and what to; a column that is not in it stays. `bpm` and `grid_frame` go together."""

    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    comment: str
    bpm: float | None
    bpm_confidence: float | None
    grid_frame: float | None
    grid_edited: bool
    hot_cues: HotCues
    cue_frame: float
