"""The key of a track: a chroma of its whole length against the profiles of Krumhansl and Kessler (1982)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.onsets import spectra
from mixer.dsp.units import SAMPLE_RATE

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_WINDOW, _HOP = 16_384, 8_192
_LOWEST_HZ, _HIGHEST_HZ = 55.0, 1_760.0
_PEAK_OVER_MEDIAN = 4.0
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


@dataclass(frozen=True, slots=True)
class Key:
    """`tonic` counts semitones from C. `confidence` is 0 to 1: how far the next key is behind."""

    tonic: int
    is_minor: bool
    confidence: float

    @property
    def name(self) -> str:
        return f"{NAMES[self.tonic]}{'m' if self.is_minor else ''}"

    @property
    def camelot(self) -> str:
        """The place on the wheel on which neighbours mix: 8B is C major, 8A its relative A minor."""
        major = (self.tonic + 3) % 12 if self.is_minor else self.tonic
        return f"{(7 * major + 7) % 12 + 1}{'A' if self.is_minor else 'B'}"


def chroma_of(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """The share of each pitch class, from C; every moment counts the same, loud or not."""
    hz = np.fft.rfftfreq(_WINDOW, 1.0 / SAMPLE_RATE)
    inside = (hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ)
    pitch = 69.0 + 12.0 * np.log2(hz[inside] / 440.0)
    # A bin counts by how near it is to its note, so what lies between two notes is noise of neither.
    nearness = np.cos(np.pi * (pitch - np.round(pitch))) ** 4
    classes = np.zeros((inside.sum(), 12))
    classes[np.arange(len(pitch)), np.round(pitch).astype(int) % 12] = nearness
    total = np.zeros(12)
    for chunk in spectra(signal, _WINDOW, _HOP):
        chroma = _peaks(chunk[:, inside]) @ classes
        total += (chroma / (chroma.sum(axis=1, keepdims=True) + 1e-6)).sum(axis=0)
    return total


def _peaks(magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Only the bins that stand out of their neighbours and of the moment: tones do, drums do not."""
    out = np.zeros_like(magnitudes)
    middle = magnitudes[:, 1:-1]
    floor = _PEAK_OVER_MEDIAN * np.median(magnitudes, axis=1, keepdims=True)
    stands_out = (middle > magnitudes[:, :-2]) & (middle >= magnitudes[:, 2:]) & (middle > floor)
    out[:, 1:-1][stands_out] = middle[stands_out]
    return out


def find_key(signal: NDArray[np.float32]) -> Key | None:
    """The most likely key; None when there is no pitch in it."""
    chroma = chroma_of(signal)
    if chroma.std() <= 1e-6 * max(chroma.sum(), 1e-6):
        return None
    scores = np.array([[np.corrcoef(np.roll(p, tonic), chroma)[0, 1] for tonic in range(12)] for p in (_MAJOR, _MINOR)])
    mode, tonic = np.unravel_index(int(np.argmax(scores)), scores.shape)
    best, second = np.sort(scores.ravel())[::-1][:2]
    return Key(int(tonic), bool(mode), float(np.clip((best - second) / 0.2, 0.0, 1.0) * np.clip(best, 0.0, 1.0)))
