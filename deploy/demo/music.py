"""A loop of synthesised house music: eight bars in A minor that end where they begin."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 48_000
BEATS_PER_BAR: Final = 4
BARS: Final = 8
# A beat of exactly 23,200 samples (124.14 a minute): bars fall on whole samples, so the loop has no seam.
BEAT: Final = 23_200
LOOP: Final = BEAT * BEATS_PER_BAR * BARS
PEAK: Final = 0.8
SEED: Final = 7
TABLE: Final = 4096
"""Samples of one period in a wave table."""

# MIDI notes of one chord for two bars each: Am9, Fmaj9, Cmaj9, G6.
CHORDS: Final = ((57, 60, 64, 67, 71), (53, 57, 60, 64, 67), (48, 55, 59, 62, 64), (55, 59, 62, 64, 71))
ROOTS: Final = (33, 29, 36, 31)
ARPEGGIO: Final = (0, 2, 4, 3, 1, 4, 2, 3)

Mono = NDArray[np.float64]
"""Shape (samples,), about -1 to 1."""


def frequency(note: float) -> float:
    """Hz of a MIDI note."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def _time(samples: int) -> Mono:
    return np.arange(samples) / SAMPLE_RATE


def kick() -> Mono:
    t = _time(BEAT)
    sweep = 46 * t + 9 * (1 - np.exp(-t * 38))
    return np.asarray(np.sin(2 * np.pi * sweep) * np.exp(-t * 7) * np.minimum(t * 2000, 1))


def clap(noise: np.random.Generator) -> Mono:
    t = _time(BEAT // 2)
    bursts = sum(np.exp(-np.abs(t - start) * 260) for start in (0.004, 0.015, 0.027))
    sound = noise.standard_normal(t.size) * (0.35 * bursts + 0.5 * np.exp(-t * 22))
    return np.asarray(np.diff(sound, prepend=0.0) * 0.5)


def hat(noise: np.random.Generator, decay: float) -> Mono:
    t = _time(BEAT // 2)
    return np.asarray(np.diff(noise.standard_normal(t.size), n=2, prepend=[0.0, 0.0]) * np.exp(-t * decay) * 0.16)


@cache
def _period(partials: int, brightness: float) -> Mono:
    """One period of a sawtooth whose partials fall off faster the darker it is; the first sample is there twice."""
    turn = 2 * np.pi * np.arange(TABLE + 1) / TABLE
    orders = range(1, partials + 1)
    return np.asarray(sum(np.sin(order * turn) / order * np.exp(-(order - 1) / brightness) for order in orders))


def saw(hz: float, samples: int, brightness: float, phase: float = 0.0) -> Mono:
    """A band-limited sawtooth; `phase` in radians."""
    table = _period(max(1, min(24, int(SAMPLE_RATE / 3 / hz))), brightness)
    position = (hz * _time(samples) + phase / (2 * np.pi)) % 1.0 * TABLE
    return np.interp(position, np.arange(TABLE + 1), table)


@cache
def pluck(note: float) -> Mono:
    samples = BEAT
    t = _time(samples)
    tone = saw(frequency(note), samples, 5.0) * np.exp(-t * 6) + 0.3 * np.sin(2 * np.pi * frequency(note + 12) * t)
    return np.asarray(tone * np.exp(-t * 5) * np.minimum(t * 400, 1))


def pad(notes: tuple[int, ...], samples: int, detune: float) -> Mono:
    sound = sum(saw(frequency(note + detune), samples, 2.2, phase=note + detune * 9) for note in notes)
    fade = np.minimum(np.minimum(_time(samples) * 6, _time(samples)[::-1] * 6), 1)
    return np.asarray(sound * fade / len(notes))


def render() -> NDArray[np.int16]:
    """The loop, shape (LOOP, 2), left and right. What rings past its end is heard at its beginning."""
    noise = np.random.default_rng(SEED)
    mix = np.zeros((LOOP, 2))

    def put(sound: Mono, at: int, left: float, right: float | None = None) -> None:
        where = np.arange(at, at + sound.size) % LOOP
        np.add.at(mix, where, np.stack([sound * left, sound * (left if right is None else right)], axis=1))

    sixteenth, bar = BEAT // 4, BEAT * BEATS_PER_BAR
    for index, (chord, root) in enumerate(zip(CHORDS, ROOTS, strict=True)):
        start = index * 2 * bar
        for side, detune in enumerate((-0.06, 0.06)):
            put(pad(chord, 2 * bar, detune), start, 0.16 * (1 - side), 0.16 * side)
        for step in range(16):
            at = start + step * 2 * sixteenth
            if step % 2:
                bass = saw(frequency(root), 2 * sixteenth, 3.0) * np.exp(-_time(2 * sixteenth) * 5)
                put(bass, at, 0.34)
            note = chord[ARPEGGIO[step % len(ARPEGGIO)]] + 12
            pan = 0.5 + 0.42 * np.sin(step * 1.9 + index)
            put(pluck(note), at, 0.15 * (1 - pan), 0.15 * pan)
            put(pluck(note), at + 3 * sixteenth, 0.06 * pan, 0.06 * (1 - pan))
    # The kick pushes everything else down for a moment, as a compressor would.
    beat = _time(BEAT)
    mix *= np.tile(1 - 0.6 * np.exp(-beat * 9), BEATS_PER_BAR * BARS)[:, None]
    for step in range(BEATS_PER_BAR * BARS):
        put(kick(), step * BEAT, 0.62)
        put(hat(noise, 28), step * BEAT + BEAT // 2, 0.5, 0.42)
        put(hat(noise, 90), step * BEAT + BEAT // 4, 0.16, 0.24)
        put(hat(noise, 90), step * BEAT + 3 * BEAT // 4, 0.24, 0.16)
        if step % 2:
            put(clap(noise), step * BEAT, 0.34)
    mix = np.tanh(mix * 1.3)
    mix *= PEAK / np.abs(mix).max()
    return np.asarray(np.round(mix * 32_767), dtype=np.int16)


def write_wav(path: Path, samples: NDArray[np.int16]) -> None:
    """Write 48 kHz stereo of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
