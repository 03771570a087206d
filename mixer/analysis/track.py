"""Everything that analysis finds out about a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.beat_grid import BeatGrid, find_beats
from mixer.analysis.key import Key, find_key
from mixer.analysis.loudness import integrated_lufs, trim_db
from mixer.analysis.onsets import Samples, find_onsets, mono
from mixer.analysis.structure import Structure, find_structure
from mixer.analysis.waveform import draw_zoomed, summarise
from mixer.dsp.units import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class TrackAnalysis:
    """`grid`, `key` and `structure` are None where the track has none. `zoomed` is what `waveform.draw_zoomed` gives,
    `overview` its summary."""

    duration_s: float
    lufs: float
    trim_db: float
    grid: BeatGrid | None
    key: Key | None
    structure: Structure | None
    overview: NDArray[np.uint8]
    zoomed: NDArray[np.uint8]


def analyse(pcm: Samples) -> TrackAnalysis:
    """Analyse a whole decoded track, int16 of shape (frames, 2), at least a second long. Not for the clock."""
    signal = mono(pcm)
    grid = find_beats(find_onsets(signal), signal)
    lufs = integrated_lufs(pcm)
    zoomed = draw_zoomed(pcm)
    return TrackAnalysis(
        duration_s=len(pcm) / SAMPLE_RATE,
        lufs=lufs,
        trim_db=trim_db(lufs),
        grid=grid,
        key=find_key(signal),
        structure=find_structure(pcm, grid),
        overview=summarise(zoomed),
        zoomed=zoomed,
    )
