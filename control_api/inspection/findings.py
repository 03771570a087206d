"""What the program that looks at files says: made from a stranger's file, so checked like a stranger's request."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sentence = Annotated[str, Field(min_length=1, max_length=300)]
Word = Annotated[str, Field(max_length=60)]
SignedInt32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scan(Part):
    rules: list[Word] = Field(max_length=100)
    """The YARA rules that found something."""


class Sound(Part):
    codec: Word
    sample_rate_hz: int = Field(ge=1, le=1_000_000)
    channels: int = Field(ge=1, le=255)
    sample_format: Word
    bit_rate_bps: int | None = Field(default=None, ge=0)


class Tags(Part):
    title: str = Field(max_length=200)
    artist: str = Field(max_length=200)
    album: str = Field(max_length=200)
    genre: str = Field(max_length=100)
    year: int | None = Field(default=None, ge=1000, le=9999)
    comment: str = Field(max_length=1_000)
    other: dict[Word, Annotated[str, Field(max_length=200)]] = Field(max_length=20)


class Structure(Part):
    sound_start_s: float
    sound_end_s: float
    intro_end_s: float
    outro_start_s: float


class Analysis(Part):
    duration_s: float = Field(gt=0)
    lufs: float
    trim_db: float
    bpm: float | None = Field(default=None, ge=20, le=400)
    bpm_confidence: float | None = None
    grid_frame: float | None = None
    key: str | None = Field(default=None, max_length=4)
    camelot: str | None = Field(default=None, pattern=r"^([1-9]|1[0-2])[AB]$")
    key_confidence: float | None = None
    structure: Structure | None = None


class Inspected(Part):
    outcome: Literal["inspected"]
    scan: Scan
    content_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    container: Word
    sound: Sound
    tags: Tags
    analysis: Analysis
    fingerprint: list[SignedInt32] = Field(max_length=200_000)
    has_cover: bool
    is_cut_off: bool


class Analysed(Part):
    outcome: Literal["analysed"]
    analysis: Analysis
    is_cut_off: bool


class Rejected(Part):
    outcome: Literal["rejected"]
    code: str = Field(pattern=r"^[A-Z_]{3,30}$")
    message: Sentence
    scan: Scan
    is_cut_off: bool


Result = Annotated[Inspected | Analysed | Rejected, Field(discriminator="outcome")]
