"""Where a track begins and ends to be heard, and how long its intro and outro are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.beat_grid import BeatGrid
from mixer.analysis.onsets import Samples
from mixer.dsp.units import SAMPLE_RATE

_STEP = SAMPLE_RATE // 100
_SILENT = 32768.0 * 10.0 ** (-60.0 / 20.0)
# A part of the track is its body while it is within this much of the loud ones.
_BODY_DB = 6.0
_BARS = 4
_PART = 10_000


@dataclass(frozen=True, slots=True)
class Structure:
    """Seconds. Sound is from `sound_start_s` to `sound_end_s`; the body from `intro_end_s` to `outro_start_s`."""

    sound_start_s: float
    sound_end_s: float
    intro_end_s: float
    outro_start_s: float


def find_structure(pcm: Samples, grid: BeatGrid | None) -> Structure | None:
    """None when nothing is above −60 dBFS. Intro and outro are whole phrases of four bars where there is a grid."""
    count = len(pcm) // _STEP
    steps = pcm[: count * _STEP].reshape(count, -1)
    peaks = np.maximum(steps.max(axis=1).astype(np.int32), -steps.min(axis=1).astype(np.int32))
    heard = np.flatnonzero(peaks > _SILENT)
    if len(heard) == 0:
        return None
    start, end = heard[0] * _STEP / SAMPLE_RATE, (heard[-1] + 1) * _STEP / SAMPLE_RATE
    phrase = _BARS * 4 * 60.0 / grid.bpm if grid else 8.0
    origin = start
    if grid:
        bar = phrase / _BARS
        origin = grid.grid_frame / SAMPLE_RATE
        origin -= np.floor((origin - start) / bar) * bar
    edges = np.arange(origin, end, phrase)
    if len(edges) < 3:
        return Structure(start, end, start, end)
    power = _power(steps)
    parts = [power[int(edge * 100) : int((edge + phrase) * 100)].mean() for edge in edges[:-1]]
    levels = 10.0 * np.log10(np.array(parts) + 1e-9)
    body = np.flatnonzero(levels >= np.percentile(levels, 75) - _BODY_DB)
    outro = min(edges[body[-1]] + phrase, end)
    return Structure(start, end, float(max(edges[body[0]], start)), float(outro))


def _power(steps: Samples) -> NDArray[np.float32]:
    """Mean square of each step, a part of a long track at a time."""
    parts = [
        np.square(steps[first : first + _PART].astype(np.float32)).mean(axis=1) for first in range(0, len(steps), _PART)
    ]
    return np.concatenate(parts)
