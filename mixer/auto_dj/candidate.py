"""A track as Auto-DJ sees it: where its beats are, and where it can be mixed in and out."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.dsp.units import SAMPLE_RATE

BEATS_PER_BAR = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Where a track sounds and where its body is, in frames: intro before `intro_end`, outro from `outro_start`."""

    sound_start: float
    sound_end: float
    intro_end: float
    outro_start: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """`track` is the content, `entry` the queue's name for it. Without a grid, `bpm` and `grid_frame` are None."""

    track: str
    entry: str | None
    bpm: float | None
    grid_frame: float | None
    span: Span | None

    @property
    def beat_frames(self) -> float | None:
        """Frames of the track per beat; None without a grid."""
        if self.bpm is None or self.grid_frame is None:
            return None
        return 60.0 * SAMPLE_RATE / self.bpm
