"""A desk for tests: an engine, tracks made of arithmetic, and instruments that measure what comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.gains import Side
from mixer.dsp.limiter import LATENCY
from mixer.dsp.units import BLOCK, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.engine.session import UnknownTrack

Audio = NDArray[np.float32]
Samples = NDArray[np.int16]


@dataclass
class MemoryTrack:
    """A track whose samples are an array, of which `decoded` frames (all when None) are valid."""

    id: str
    pcm: Samples
    decoded: int | None = None

    @property
    def frames(self) -> int:
        return len(self.pcm) if self.decoded is None else self.decoded

    @property
    def length(self) -> int:
        return len(self.pcm)


class MemoryTracks(dict[str, MemoryTrack]):
    """Tracks by id."""

    def get_track(self, track_id: str) -> MemoryTrack:
        try:
            return self[track_id]
        except KeyError as error:
            raise UnknownTrack(track_id) from error


def samples(mono: NDArray[np.float64]) -> Samples:
    """Both channels of a mono signal, −1 to 1."""
    return np.repeat(np.round(mono * 32767.0).astype(np.int16)[:, None], 2, axis=1)


def tone(hz: float, seconds: float = 10.0, level: float = 0.5) -> Samples:
    return samples(level * np.sin(2 * np.pi * hz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE))


def music(seconds: float = 10.0, bpm: float = 120.0, seed: int = 1) -> Samples:
    """Kicks on every beat over a chord and noise, different on the two channels."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    since = np.mod(time, 60.0 / bpm)
    kick = np.sin(2 * np.pi * 60.0 * since) * np.exp(-since * 12.0)
    chord = sum(np.sin(2 * np.pi * hz * time + hz) for hz in (220.0, 277.2, 329.6))
    both = 0.5 * kick[:, None] + 0.06 * np.asarray(chord)[:, None] + 0.03 * rng.standard_normal((len(time), 2))
    return np.round(np.clip(both, -1.0, 1.0) * 32767.0).astype(np.int16)


def clicks(bpm: float, seconds: float, hz: float = 1500.0, offset_s: float = 0.0) -> Samples:
    """A short burst on every beat, at its exact place between the samples."""
    out = np.zeros(int(seconds * SAMPLE_RATE))
    length = 1200
    for at_s in np.arange(offset_s, seconds - 0.05, 60.0 / bpm):
        first = int(np.ceil(at_s * SAMPLE_RATE))
        since = (np.arange(length) + first - at_s * SAMPLE_RATE) / SAMPLE_RATE
        out[first : first + length] += 0.6 * np.exp(-since * 320.0) * np.sin(2 * np.pi * hz * since)
    return samples(out)


class Rig:
    """One session with `tracks` (a name each) at hand, the limiter's delay taken away."""

    def __init__(self, *, block: int = BLOCK, decks: int = 2, **tracks: Samples) -> None:
        self.tracks = MemoryTracks({name: MemoryTrack(name, pcm) for name, pcm in tracks.items()})
        self.engine = Engine(2, self.tracks, block=block)
        self.place = self.engine.open(decks)
        self.apply(c.SetSide(0, Side.THRU), c.SetSide(1, Side.THRU))
        self.run(0.2)

    def apply(self, *commands: c.Command) -> None:
        for command in commands:
            self.engine.apply(self.place, command)

    def start(self, deck: int, track: str, *, bpm: float = 120.0, at_s: float = 0.0, grid: float = 0.0) -> None:
        """Load and play, without quantize."""
        self.apply(c.Load(deck, track, bpm=bpm, grid_frame=grid, cue_frame=at_s * SAMPLE_RATE), c.Play(deck, True))

    def run(self, seconds: float, bus: str = "programme") -> Audio:
        """Render on; what one bus carried, of shape (frames, 2)."""
        blocks = []
        for _ in range(round(seconds * SAMPLE_RATE / self.engine.block)):
            self.engine.render()
            blocks.append(getattr(self.engine, bus)[self.place].copy())
        return np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)


def aligned(programme: Audio) -> Audio:
    """The programme without the limiter's delay."""
    return programme[LATENCY:]


def db(value: float) -> float:
    return float(20.0 * np.log10(max(value, 1e-12)))


def rms_db(audio: NDArray[np.floating]) -> float:
    return db(float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))))


def _high_pass(hz: float, taps: int = 1023) -> NDArray[np.float64]:
    """A linear-phase FIR high-pass, 120 dB down 400 Hz below `hz`."""
    time = np.arange(taps) - taps // 2
    low = np.sinc(2 * hz / SAMPLE_RATE * time) * 2 * hz / SAMPLE_RATE * np.kaiser(taps, 12.0)
    low /= low.sum()
    high: NDArray[np.float64] = -low
    high[taps // 2] += 1.0
    return high


def splash_db(audio: Audio, above_hz: float = 2000.0) -> float:
    """The largest sample of what is above `above_hz`, in dBFS: what a click in a low tone sounds like."""
    kernel = _high_pass(above_hz)
    size = 1 << (len(audio) + len(kernel)).bit_length()
    spectrum = np.fft.rfft(audio[:, 0].astype(np.float64), size) * np.fft.rfft(kernel, size)
    filtered = np.fft.irfft(spectrum, size)[len(kernel) : len(audio)]
    return db(float(np.abs(filtered).max()))


def thd_n_db(audio: Audio, hz: float) -> float:
    """What is not the sine of `hz`, relative to it, after a least-squares fit of that sine."""
    x = audio[:, 0].astype(np.float64)
    angle = 2 * np.pi * hz * np.arange(len(x)) / SAMPLE_RATE
    basis = np.stack([np.sin(angle), np.cos(angle), np.ones_like(angle)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, x, rcond=None)
    fitted = basis @ fit
    return rms_db(x - fitted) - rms_db(fitted)


def onsets(audio: Audio, threshold: float = 0.15, gap_s: float = 0.05) -> NDArray[np.float64]:
    """Times in seconds at which a burst passes `threshold`, between the samples."""
    loud = np.flatnonzero(np.abs(audio[:, 0]) > threshold)
    if len(loud) == 0:
        return np.zeros(0)
    firsts = loud[np.r_[True, np.diff(loud) > gap_s * SAMPLE_RATE]]
    before, at = np.abs(audio[firsts - 1, 0]), np.abs(audio[firsts, 0])
    times: NDArray[np.float64] = (firsts - (at - threshold) / np.maximum(at - before, 1e-9)) / SAMPLE_RATE
    return times
