"""What a track looks like: for each column its peak, and how much is low, mid and high, its colour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.onsets import Samples, mono, spectra
from mixer.dsp.isolator import HIGH_CROSSOVER_HZ, LOW_CROSSOVER_HZ
from mixer.dsp.units import SAMPLE_RATE

OVERVIEW_COLUMNS = 1_200
ZOOM_HOP = 320
"""Frames per column of the zoomed waveform: 150 columns a second."""
_WINDOW = 1024
_PART = 8_192


def _peaks(pcm: Samples) -> NDArray[np.float64]:
    """The largest magnitude of every ZOOM_HOP frames, and of what is left at the end."""
    edges = np.arange(0, len(pcm), ZOOM_HOP)
    highest = np.maximum.reduceat(pcm, edges, axis=0).max(axis=1).astype(np.int32)
    lowest = np.minimum.reduceat(pcm, edges, axis=0).min(axis=1).astype(np.int32)
    return np.asarray(np.maximum(highest, -lowest) / 32768.0)


def _band_levels(pcm: Samples) -> NDArray[np.float64]:
    """Root mean square of low, mid and high for every ZOOM_HOP frames, of shape (columns, 3)."""
    hz = np.fft.rfftfreq(_WINDOW, 1.0 / SAMPLE_RATE)
    low, high = hz < LOW_CROSSOVER_HZ, hz >= HIGH_CROSSOVER_HZ
    bands = np.stack([low, ~low & ~high, high])
    # A Hann window has 3/8 of the power of none, and a one-sided spectrum half of it.
    scale = 2.0 / (_WINDOW**2 * 0.375)
    return np.concatenate(
        [np.sqrt(scale * (chunk**2) @ bands.T) for part in _parts(pcm) for chunk in spectra(part, _WINDOW, ZOOM_HOP)]
    )


def _parts(pcm: Samples) -> Iterator[NDArray[np.float32]]:
    """The mono sum of _PART columns at a time, each with the half window around it; beyond the track are zeros."""
    half, columns = _WINDOW // 2, len(pcm) // ZOOM_HOP + 1
    for first in range(0, columns, _PART):
        last = min(first + _PART, columns) - 1
        start, end = first * ZOOM_HOP - half, last * ZOOM_HOP + half
        inside = mono(pcm[max(start, 0) : min(end, len(pcm))])
        yield np.pad(inside, (max(-start, 0), max(end - len(pcm), 0)))


def draw_zoomed(pcm: Samples) -> NDArray[np.uint8]:
    """Columns of (peak, low, mid, high), 0 to 255, of shape (columns, 4), one for every ZOOM_HOP frames."""
    levels, peaks = _band_levels(pcm), _peaks(pcm)
    columns = max(1, min(len(levels), len(pcm) // ZOOM_HOP))
    values = np.column_stack([peaks[:columns], levels[:columns]])
    return np.asarray(np.round(np.clip(values, 0.0, 1.0) * 255.0), np.uint8)


def summarise(zoomed: NDArray[np.uint8], columns: int = OVERVIEW_COLUMNS) -> NDArray[np.uint8]:
    """The same in at most so many columns: the largest of what falls together."""
    columns = min(columns, len(zoomed))
    return np.maximum.reduceat(zoomed, np.linspace(0, len(zoomed), columns + 1).astype(int)[:-1], axis=0)
