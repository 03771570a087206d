"""Synthesised house music: a loop of eight bars that ends where it begins, and whole tracks made of such loops."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 48_000
BEATS_PER_BAR: Final = 4
BARS: Final = 8
PEAK: Final = 0.8
SEED: Final = 7
TABLE: Final = 4096
"""Samples of one period in a wave table."""

# MIDI notes of one chord for two bars each, in A minor: Am9, Fmaj9, Cmaj9, G6.
CHORDS: Final = ((57, 60, 64, 67, 71), (53, 57, 60, 64, 67), (48, 55, 59, 62, 64), (55, 59, 62, 64, 71))
ROOTS: Final = (33, 29, 36, 31)
ARPEGGIO: Final = (0, 2, 4, 3, 1, 4, 2, 3)

Mono = NDArray[np.float64]
"""Shape (samples,), about -1 to 1."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What loops are made from. `beat` is in samples, so that bars fall on whole ones and a loop has no seam."""

    title: str
    beat: int = 23_200
    transpose: int = 0
    arpeggio: tuple[int, ...] = ARPEGGIO
    brightness: float = 5.0
    seed: int = SEED

    @property
    def bpm(self) -> float:
        return 60.0 * SAMPLE_RATE / self.beat

    @property
    def bar(self) -> int:
        """Samples."""
        return self.beat * BEATS_PER_BAR

    @property
    def loop(self) -> int:
        """Samples."""
        return self.bar * BARS


NIGHT_SHIFT: Final = Piece("Night Shift")
CRATE: Final = (
    Piece("First Train Home", beat=23_226, transpose=0, seed=11),
    Piece("Wet Asphalt", beat=22_857, transpose=-5, arpeggio=(0, 3, 1, 4, 2, 4, 3, 1), brightness=3.5, seed=12),
    Piece("Neon on the River", beat=23_040, transpose=7 - 12, arpeggio=(4, 2, 3, 0, 4, 1, 2, 3), seed=13),
    Piece("Last Call", beat=22_677, transpose=2, arpeggio=(0, 0, 2, 3, 0, 4, 3, 2), brightness=7.0, seed=14),
)
"""Pieces for a crate: 124, 126, 125 and 127 beats a minute, near enough to be mixed in any order."""

# Bars of a whole track: which of drums and harmony play.
ARRANGEMENT: Final = ((8, 1.0, 0.0), (16, 1.0, 1.0), (8, 0.0, 1.0), (16, 1.0, 1.0), (8, 1.0, 0.0))


def frequency(note: float) -> float:
    """Hz of a MIDI note."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def _time(samples: int) -> Mono:
    return np.arange(samples) / SAMPLE_RATE


def kick(beat: int) -> Mono:
    t = _time(beat)
    sweep = 46 * t + 9 * (1 - np.exp(-t * 38))
    return np.asarray(np.sin(2 * np.pi * sweep) * np.exp(-t * 7) * np.minimum(t * 2000, 1))


def clap(noise: np.random.Generator, beat: int) -> Mono:
    t = _time(beat // 2)
    bursts = sum(np.exp(-np.abs(t - start) * 260) for start in (0.004, 0.015, 0.027))
    sound = noise.standard_normal(t.size) * (0.35 * bursts + 0.5 * np.exp(-t * 22))
    return np.asarray(np.diff(sound, prepend=0.0) * 0.5)


def hat(noise: np.random.Generator, beat: int, decay: float) -> Mono:
    t = _time(beat // 2)
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
def pluck(note: float, samples: int, brightness: float) -> Mono:
    t = _time(samples)
    tone = saw(frequency(note), samples, brightness) * np.exp(-t * 6) + 0.3 * np.sin(
        2 * np.pi * frequency(note + 12) * t
    )
    return np.asarray(tone * np.exp(-t * 5) * np.minimum(t * 400, 1))


def pad(notes: tuple[int, ...], samples: int, detune: float) -> Mono:
    sound = sum(saw(frequency(note + detune), samples, 2.2, phase=note + detune * 9) for note in notes)
    fade = np.minimum(np.minimum(_time(samples) * 6, _time(samples)[::-1] * 6), 1)
    return np.asarray(sound * fade / len(notes))


class _Loop:
    """A loop that is being filled; what rings past its end is heard at its beginning."""

    def __init__(self, piece: Piece) -> None:
        self.mix = np.zeros((piece.loop, 2))

    def put(self, sound: Mono, at: int, left: float, right: float | None = None) -> None:
        where = np.arange(at, at + sound.size) % len(self.mix)
        np.add.at(self.mix, where, np.stack([sound * left, sound * (left if right is None else right)], axis=1))


def harmony(piece: Piece) -> NDArray[np.float64]:
    """Pads, bass and plucks of a loop, shape (loop, 2)."""
    loop, sixteenth = _Loop(piece), piece.beat // 4
    for index, (chord, root) in enumerate(zip(CHORDS, ROOTS, strict=True)):
        start = index * 2 * piece.bar
        notes = tuple(note + piece.transpose for note in chord)
        for side, detune in enumerate((-0.06, 0.06)):
            loop.put(pad(notes, 2 * piece.bar, detune), start, 0.16 * (1 - side), 0.16 * side)
        for step in range(16):
            at = start + step * 2 * sixteenth
            if step % 2:
                hz = frequency(root + piece.transpose)
                bass = saw(hz, 2 * sixteenth, 3.0) * np.exp(-_time(2 * sixteenth) * 5)
                loop.put(bass, at, 0.34)
            sound = pluck(notes[piece.arpeggio[step % len(piece.arpeggio)]] + 12, piece.beat, piece.brightness)
            pan = 0.5 + 0.42 * np.sin(step * 1.9 + index)
            loop.put(sound, at, 0.15 * (1 - pan), 0.15 * pan)
            loop.put(sound, at + 3 * sixteenth, 0.06 * pan, 0.06 * (1 - pan))
    return loop.mix


def drums(piece: Piece) -> NDArray[np.float64]:
    """Kick, hats and claps of a loop, shape (loop, 2)."""
    noise, beat, loop = np.random.default_rng(piece.seed), piece.beat, _Loop(piece)
    for step in range(BEATS_PER_BAR * BARS):
        loop.put(kick(beat), step * beat, 0.62)
        loop.put(hat(noise, beat, 28), step * beat + beat // 2, 0.5, 0.42)
        loop.put(hat(noise, beat, 90), step * beat + beat // 4, 0.16, 0.24)
        loop.put(hat(noise, beat, 90), step * beat + 3 * beat // 4, 0.24, 0.16)
        if step % 2:
            loop.put(clap(noise, beat), step * beat, 0.34)
    return loop.mix


def _pumped(sound: NDArray[np.float64], piece: Piece) -> NDArray[np.float64]:
    """The kick pushes everything else down for a moment, as a compressor would."""
    beat = _time(piece.beat)
    return np.asarray(sound * np.tile(1 - 0.6 * np.exp(-beat * 9), len(sound) // piece.beat)[:, None])


def _finished(mix: NDArray[np.float64]) -> NDArray[np.int16]:
    mix = np.tanh(mix * 1.3)
    mix *= PEAK / np.abs(mix).max()
    return np.asarray(np.round(mix * 32_767), dtype=np.int16)


def render(piece: Piece = NIGHT_SHIFT) -> NDArray[np.int16]:
    """The loop, shape (loop, 2), left and right."""
    return _finished(_pumped(harmony(piece), piece) + drums(piece))


def render_track(piece: Piece) -> NDArray[np.int16]:
    """A whole track: intro, groove, break, groove, outro; shape (samples, 2)."""
    beats, tune = drums(piece), harmony(piece)
    pumped = _pumped(tune, piece)
    parts = []
    for bars, with_drums, with_tune in ARRANGEMENT:
        loop = beats * with_drums + (pumped if with_drums else tune) * with_tune
        parts.append(np.tile(loop, (bars // BARS, 1)))
    return _finished(np.concatenate(parts))


def write_wav(path: Path, samples: NDArray[np.int16]) -> None:
    """Write 48 kHz stereo of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
