"""Songs made of arithmetic, whose tempo, beats, bars and key are known exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE

Samples = NDArray[np.int16]


def _add(out: NDArray[np.float64], at_s: float, sound: NDArray[np.float64]) -> None:
    first = round(at_s * SAMPLE_RATE)
    part = out[first : first + len(sound)]
    part += sound[: len(part)]


def _tone(hz: float, seconds: float, decay: float) -> NDArray[np.float64]:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    partials = sum(np.sin(2 * np.pi * hz * n * time) / n**1.5 for n in range(1, 5))
    return np.asarray(partials) * np.exp(-time * decay) * np.minimum(time / 0.01, 1.0)


def song(
    bpm: float, seconds: float, *, first_beat_s: float = 0.2, downbeat: int = 0, tonic: int = 9, is_minor: bool = True
) -> Samples:
    """Kick on every beat, clap on the second and fourth, hats between, and a chord and a crash on every bar."""
    rng = np.random.default_rng(7)
    out = np.zeros(int(seconds * SAMPLE_RATE))
    time = np.arange(int(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
    kick = 0.7 * np.sin(2 * np.pi * (45.0 * time + 4.0 * (1 - np.exp(-time * 40)))) * np.exp(-time * 14)
    noise = rng.standard_normal(len(time))
    clap, hat = 0.15 * noise * np.exp(-time * 30), 0.05 * np.diff(noise, prepend=0.0) * np.exp(-time * 80)
    crash = 0.10 * rng.standard_normal(SAMPLE_RATE) * np.exp(-np.arange(SAMPLE_RATE) / SAMPLE_RATE * 5)
    period = 60.0 / bpm
    third = 3 if is_minor else 4
    chords = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7)]
    for beat in range(int((seconds - first_beat_s) / period)):
        at = first_beat_s + beat * period
        in_bar = (beat - downbeat) % 4
        _add(out, at, kick)
        _add(out, at + period / 2, hat)
        if in_bar in (1, 3):
            _add(out, at, clap)
        if in_bar == 0:
            _add(out, at, crash)
            for note in chords[(beat - downbeat) // 4 % 4]:
                _add(out, at, 0.08 * _tone(440.0 * 2 ** ((tonic + note - 9 - 12) / 12), 3.5 * period, 0.4))
    return np.repeat(np.round(np.clip(out, -1, 1) * 32767.0).astype(np.int16)[:, None], 2, axis=1)
