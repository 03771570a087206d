"""How much begins at each moment of a track: log-compressed spectral flux in eight octave bands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE

Samples = NDArray[np.int16]
HOP = 256
WINDOW = 1024
RATE = SAMPLE_RATE / HOP
"""Envelope values a second."""

_EDGES_HZ = (0, 100, 200, 400, 800, 1600, 3200, 6400, 12800)
LOW_BANDS = 2
"""The bands that kick and bass are in."""
_CHUNK_SAMPLES = 2**22
_LOCAL_MEAN = 43


def mono(pcm: Samples) -> NDArray[np.float32]:
    """The sum of both channels, −1 to 1."""
    # In place: of a long track, nothing is held twice.
    out: NDArray[np.float32] = pcm[:, 0].astype(np.float32)
    out += pcm[:, 1]
    out /= np.float32(65536.0)
    return out


def spectra(signal: NDArray[np.float32], window: int, hop: int) -> Iterator[NDArray[np.float32]]:
    """Magnitudes under a Hann window, in chunks of shape (frames, window // 2 + 1), so that memory is bounded."""
    if len(signal) < window:
        return
    shape = np.hanning(window).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(signal, window)[::hop]
    count = max(1, _CHUNK_SAMPLES // window)
    for start in range(0, len(frames), count):
        yield np.abs(np.fft.rfft(frames[start : start + count] * shape, axis=1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Onsets:
    """`bands` is (frames, 8), each of unit deviation; value i is of the window whose centre is `time_s(i)`."""

    bands: NDArray[np.float32]

    @property
    def all(self) -> NDArray[np.float64]:
        return np.asarray(self.bands.sum(axis=1, dtype=np.float64))

    @property
    def low(self) -> NDArray[np.float64]:
        return np.asarray(self.bands[:, :LOW_BANDS].sum(axis=1, dtype=np.float64))

    @property
    def times_s(self) -> NDArray[np.float64]:
        return (np.arange(len(self.bands)) * HOP + WINDOW / 2) / SAMPLE_RATE


def find_onsets(signal: NDArray[np.float32]) -> Onsets:
    """The onset envelope of a mono signal."""
    hz = np.fft.rfftfreq(WINDOW, 1.0 / SAMPLE_RATE)
    weights = np.zeros((len(hz), len(_EDGES_HZ) - 1), np.float32)
    for band, (low, high) in enumerate(pairwise(_EDGES_HZ)):
        inside = (hz >= low) & (hz < high)
        weights[inside, band] = 1.0 / inside.sum()
    levels = [np.log1p(100.0 * (chunk @ weights)) for chunk in spectra(signal, WINDOW, HOP)]
    if not levels:
        return Onsets(np.zeros((0, weights.shape[1]), np.float32))
    level = np.concatenate(levels)
    rise = np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0.0)
    rise = np.maximum(rise - _moving_mean(rise), 0.0)
    return Onsets((rise / (rise.std(axis=0) + 1e-9)).astype(np.float32))


def _moving_mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
    padded = np.pad(values, ((_LOCAL_MEAN // 2 + 1, _LOCAL_MEAN // 2), (0, 0)), mode="edge")
    total = np.cumsum(padded, axis=0, dtype=np.float64)
    return np.asarray((total[_LOCAL_MEAN:] - total[:-_LOCAL_MEAN]) / _LOCAL_MEAN)
