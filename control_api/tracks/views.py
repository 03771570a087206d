"""Requests and answers about tracks."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from control_api.api.envelopes import Body, PageQuery, Parameters, View
from control_api.linked_files.links import FileLinks, LinkedFile
from control_api.tracks.models import (
    FRAMES_PER_S,
    HOT_CUE_COUNT,
    Decision,
    DecisionOutcome,
    Order,
    Sort,
    Track,
    TrackChanges,
    TrackStatus,
    Wanted,
)
from control_api.tracks.waveforms import Detail
from control_api.tracks.words import Asked, Comment, Genre, Line, Title

MIN_BPM, MAX_BPM = 20.0, 400.0
MAX_FRAME = 48_000.0 * 86_400
Bpm = Annotated[float, Field(ge=MIN_BPM, le=MAX_BPM, allow_inf_nan=False)]
Frame = Annotated[float, Field(ge=0, le=MAX_FRAME, allow_inf_nan=False)]
Camelot = Annotated[str, StringConstraints(pattern=r"^([1-9]|1[0-2])[AB]$")]


def _comma_list(value: object) -> object:
    """`8A,9A`, or the name several times; nothing typed is nothing asked."""
    # The router gives a text, or a list of texts for a name that comes several times.
    text = ",".join(value) if isinstance(value, list) else str(value or "")
    return [part.strip().upper() for part in text.split(",") if part.strip()] or None


class TrackPath(Parameters):
    id: UUID


class LibraryQuery(PageQuery):
    search: Asked = Field(
        default=None, description="Words, or how they begin, of title, artist, album, genre and file name."
    )
    genre: Asked = None
    camelot: Annotated[Annotated[list[Camelot], Field(max_length=24)] | None, BeforeValidator(_comma_list)] = Field(
        default=None, description="Any of these places on the wheel, separated by commas."
    )
    bpm_min: Bpm | None = None
    bpm_max: Bpm | None = None
    status: TrackStatus | None = None
    crate_id: UUID | None = None
    sort: Sort = Sort.UPLOAD_DATE
    order: Order | None = Field(default=None, description="Descending for times and counts, ascending for the rest.")

    @property
    def wanted(self) -> Wanted:
        order = self.order or (Order.DESC if self.sort in NEWEST_FIRST else Order.ASC)
        return Wanted(
            search=self.search,
            genre=self.genre,
            camelot=self.camelot,
            bpm_min=self.bpm_min,
            bpm_max=self.bpm_max,
            status=self.status,
            crate_id=self.crate_id,
            sort=self.sort,
            order=order,
        )


NEWEST_FIRST = frozenset({Sort.UPLOAD_DATE, Sort.LAST_PLAYED, Sort.PLAY_COUNT})


class WaveformQuery(Parameters):
    detail: Detail = Detail.OVERVIEW


class GridView(View):
    bpm: float
    first_downbeat_s: float


class GridRequest(Body):
    bpm: Bpm
    first_downbeat_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class EditTrackRequest(Body):
    """What is left out stays; a null takes away what there was."""

    title: Title | None = Field(default=None, description="Not null.")
    artist: Line | None = None
    album: Line | None = None
    genre: Genre | None = None
    year: Annotated[int, Field(ge=1_000, le=9_999)] | None = None
    comment: Comment | None = None
    grid: GridRequest | None = None
    hot_cues: Annotated[list[Frame | None], Field(min_length=HOT_CUE_COUNT, max_length=HOT_CUE_COUNT)] | None = Field(
        default=None, description="Eight positions in frames at 48 kHz."
    )
    cue_frame: Frame | None = None

    @model_validator(mode="after")
    def _has_a_title(self) -> "EditTrackRequest":
        if "title" in self.model_fields_set and self.title is None:
            raise ValueError("a track has a title")
        return self

    @property
    def changes(self) -> TrackChanges:
        given, changes = self.model_fields_set, TrackChanges()
        if "title" in given and self.title is not None:
            changes["title"] = self.title
        if "artist" in given:
            changes["artist"] = self.artist or ""
        if "album" in given:
            changes["album"] = self.album or ""
        if "genre" in given:
            changes["genre"] = self.genre or ""
        if "year" in given:
            changes["year"] = self.year
        if "comment" in given:
            changes["comment"] = self.comment or ""
        if "grid" in given:
            changes["bpm"] = self.grid.bpm if self.grid else None
            changes["grid_frame"] = self.grid.first_downbeat_s * FRAMES_PER_S if self.grid else None
        if "hot_cues" in given:
            changes["hot_cues"] = tuple(self.hot_cues or [None] * HOT_CUE_COUNT)
        if "cue_frame" in given:
            changes["cue_frame"] = self.cue_frame or 0.0
        return changes


class ProblemView(View):
    code: str
    message: str


class DecisionView(View):
    outcome: DecisionOutcome
    reason: str
    decided_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> "DecisionView":
        return cls(outcome=decision.outcome, reason=decision.reason, decided_at=decision.decided_at)


class TrackView(View):
    id: UUID
    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    comment: str
    file_url: str | None = Field(description="Lives for an hour at least; null until there is something to hear.")
    file_size: int
    duration: int | None = Field(description="In whole seconds.")
    duration_s: float | None
    metadata: dict[str, Any]
    scanned: bool
    scan_results: dict[str, Any]
    upload_date: datetime
    status: TrackStatus
    problem: ProblemView | None
    decision: DecisionView | None = Field(description="What a moderator decided when it was held.")
    bpm: float | None
    bpm_confidence: float | None
    grid: GridView | None
    grid_edited: bool
    key: str | None
    camelot: str | None
    lufs: float | None
    trim_db: float
    structure: dict[str, Any] | None
    hot_cues: list[float | None] = Field(description="Eight positions in frames at 48 kHz.")
    cue_frame: float
    has_cover: bool
    play_count: int
    last_played_at: datetime | None
    crate_ids: list[UUID]

    @classmethod
    def of(cls, track: Track, links: FileLinks) -> "TrackView":
        return cls(
            id=track.id,
            title=track.title,
            artist=track.artist,
            album=track.album,
            genre=track.genre,
            year=track.year,
            comment=track.comment,
            file_url=links.url(LinkedFile.TRACK, track.id) if track.is_audible else None,
            file_size=track.file_size,
            duration=None if track.duration_s is None else round(track.duration_s),
            duration_s=track.duration_s,
            metadata=dict(track.metadata),
            scanned=track.scanned,
            scan_results=dict(track.scan_results),
            upload_date=track.upload_date,
            status=track.status,
            problem=ProblemView(code=track.problem.code, message=track.problem.message) if track.problem else None,
            decision=DecisionView.of(track.decision) if track.decision else None,
            bpm=track.bpm,
            bpm_confidence=track.bpm_confidence,
            grid=GridView(bpm=track.bpm, first_downbeat_s=track.grid_frame / FRAMES_PER_S)
            if track.bpm is not None and track.grid_frame is not None
            else None,
            grid_edited=track.grid_edited,
            key=track.musical_key,
            camelot=track.camelot,
            lufs=track.lufs,
            trim_db=track.trim_db,
            structure=dict(track.structure) if track.structure is not None else None,
            hot_cues=list(track.hot_cues),
            cue_frame=track.cue_frame,
            has_cover=track.cover_key is not None,
            play_count=track.play_count,
            last_played_at=track.last_played_at,
            crate_ids=list(track.crate_ids),
        )


class OneTrackView(View):
    track: TrackView
