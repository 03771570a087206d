"""A beat grid of constant tempo for a whole track: a comb is fitted to all onsets at once.

One tempo for the track is what a DJ's grid is; the longer the track, the finer the fit. Weak on music whose tempo
changes, on half beats without a kick, and on octaves above 190 BPM: the confidence says so, and a grid can be edited.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.onsets import RATE, Onsets
from mixer.dsp.units import SAMPLE_RATE

SLOWEST_BPM, FASTEST_BPM = 70.0, 200.0
_BEATS_PER_BAR = 4
_LEAST_SECONDS = 4.0
# Tempo around which music is danced to, and how far in octaves it strays: decides between half and double.
_USUAL_BPM, _SPREAD_OCTAVES = 125.0, 0.55
_HARMONICS = ((1, 1.0), (2, 0.7), (4, 0.5))
_FOLD_S = 0.001


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """`first_beat_s` is the first beat of the track, `downbeat` how many beats later the first bar begins (0 to 3).

    `confidence` and `downbeat_confidence` are 0 (nothing to go by) to 1.
    """

    bpm: float
    first_beat_s: float
    downbeat: int
    confidence: float
    downbeat_confidence: float

    @property
    def grid_frame(self) -> float:
        """The first downbeat in frames, as a deck wants it."""
        return (self.first_beat_s + self.downbeat * 60.0 / self.bpm) * SAMPLE_RATE


def find_beats(onsets: Onsets, signal: NDArray[np.float32]) -> BeatGrid | None:
    """The grid of a track from its onsets and its mono samples; None when it is too short or nothing begins in it."""
    envelope, low = onsets.all, onsets.low
    if len(envelope) < _LEAST_SECONDS * RATE or envelope.max() <= 0.0:
        return None
    bpm, coherence = _refine(envelope, _coarse_tempo(envelope, low))
    coarse = _coarse_phase(onsets, envelope + 2.0 * low, bpm)
    first = _exact_phase(signal, bpm, coarse)
    downbeat, certainty = _downbeat(onsets, bpm, first)
    return BeatGrid(bpm, first, downbeat, coherence, certainty)


def _coarse_tempo(envelope: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """The tempo whose comb collects most, by spectrum and autocorrelation of the envelope."""
    size = 1 << (4 * len(envelope)).bit_length()
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean(), size))
    low_spectrum = np.abs(np.fft.rfft(low - low.mean(), size))
    correlation = np.fft.irfft(spectrum**2)[: int(RATE * 8)]
    correlation /= correlation[0]
    step = RATE / size * 60.0
    bpm = np.arange(SLOWEST_BPM, FASTEST_BPM, step / 2)

    def at(values: NDArray[np.float64], tempo: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(tempo / step, np.arange(len(values)), values)

    comb = at(spectrum, bpm) + 0.8 * at(spectrum, 2 * bpm) + 0.4 * at(spectrum, 4 * bpm) + 0.6 * at(low_spectrum, bpm)
    lags = np.arange(len(correlation))
    repeats = sum(np.interp(60.0 / bpm * beats * RATE, lags, correlation) for beats in (1, 2, 4))
    score = 0.5 * comb / comb.max() + np.maximum(repeats, 0.0) / 3.0
    score *= np.exp(-0.5 * (np.log2(bpm / _USUAL_BPM) / _SPREAD_OCTAVES) ** 2)
    return float(bpm[np.argmax(score)])


def _refine(envelope: NDArray[np.float64], bpm: float) -> tuple[float, float]:
    """The tempo at which the beats of the whole track are most coherent, and how coherent they are (0 to 1)."""
    time = np.arange(len(envelope)) / RATE

    def coherence(tempo: float) -> float:
        turn = np.exp(-2j * np.pi * tempo / 60.0 * time)
        return float(sum(weight * abs((envelope * turn**harmonic).sum()) for harmonic, weight in _HARMONICS))

    reach = 60.0 / time[-1]
    for steps in (41, 21, 21):
        tempos = bpm + np.linspace(-reach, reach, steps)
        scores = [coherence(tempo) for tempo in tempos]
        best = int(np.argmax(scores))
        bpm = float(tempos[best])
        spacing = tempos[1] - tempos[0]
        if 0 < best < steps - 1:
            before, at, after = scores[best - 1 : best + 2]
            bpm += 0.5 * (before - after) / (before - 2 * at + after) * spacing
        reach = 2.0 * spacing
    most = sum(weight for _, weight in _HARMONICS) * envelope.sum()
    whole = round(bpm)
    # Nearly all music made on a computer has a whole tempo: taken where it is less than a window away at the end.
    if abs(whole / bpm - 1.0) * time[-1] < 0.012:
        bpm = float(whole)
    return bpm, float(min(coherence(bpm) / most * 1.25, 1.0))


def _coarse_phase(onsets: Onsets, strength: NDArray[np.float64], bpm: float) -> float:
    """Where in the beat most begins, in seconds, to within a hop."""
    period = 60.0 / bpm
    bins = 200
    at = ((onsets.times_s / period) % 1.0 * bins).astype(int)
    folded = np.bincount(at, weights=strength, minlength=bins)
    smooth = sum(weight * np.roll(folded, shift) for shift, weight in ((-2, 1), (-1, 2), (0, 3), (1, 2), (2, 1)))
    return float((np.argmax(smooth) + 0.5) / bins * period)


def _exact_phase(signal: NDArray[np.float32], bpm: float, coarse_s: float) -> float:
    """The attack within 40 ms of the coarse phase, from the power of all beats laid over each other at 1 ms."""
    step = round(_FOLD_S * SAMPLE_RATE)
    steps = signal[: len(signal) // step * step].reshape(-1, step)
    power = np.einsum("ij,ij->i", steps, steps, dtype=np.float64)
    # Every beat counts the same, loud or not.
    local = np.convolve(power, np.ones(400) / 400.0, mode="same")
    power = np.sqrt(power / (local + 1e-12 + 1e-4 * local.max()))
    period = 60.0 / bpm
    bins = round(period / _FOLD_S)
    time = np.arange(len(power)) * _FOLD_S
    at = ((time / period) % 1.0 * bins).astype(int) % bins
    profile = np.bincount(at, weights=power, minlength=bins) / np.maximum(np.bincount(at, minlength=bins), 1)
    # The mean of the next 6 ms over that of the last 6: largest where a sound begins.
    rise = np.sum([np.roll(profile, -ahead) - np.roll(profile, ahead + 1) for ahead in range(6)], axis=0)
    middle = round(coarse_s / period * bins)
    near = np.arange(middle - 40, middle + 41)
    best = near[np.argmax(rise[near % bins])]
    return float((best / bins * period) % period)


def _downbeat(onsets: Onsets, bpm: float, first_s: float) -> tuple[int, float]:
    """Which of the first four beats begins a bar: the one where most begins and the sound changes most."""
    period = 60.0 / bpm
    times = onsets.times_s
    beats = np.floor((times - first_s) / period + 0.25).astype(int)
    inside = beats >= 0
    count = int(beats.max()) + 1
    if count < 4 * _BEATS_PER_BAR:
        return 0, 0.0
    per_beat = np.stack(
        [np.bincount(beats[inside], weights=band[inside], minlength=count)[:count] for band in onsets.bands.T], axis=1
    )
    strength = np.stack([per_beat[start::_BEATS_PER_BAR].mean(axis=0) for start in range(_BEATS_PER_BAR)])
    score = (strength / (strength.mean(axis=0) + 1e-9)).mean(axis=1)
    order = np.argsort(score)[::-1]
    lead = (score[order[0]] - score[order[1]]) / (score.max() + 1e-9)
    return int(order[0]), float(min(4.0 * lead, 1.0))
