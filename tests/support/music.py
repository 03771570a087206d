"""Music made of arithmetic, with enough going on for fingerprints: no two seeds sound alike."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

RATE = 48_000
CODECS = {".mp3": "libmp3lame", ".flac": "flac", ".m4a": "aac", ".ogg": "libopus", ".wav": "pcm_s16le"}

Samples = NDArray[np.int16]


def tune(seed: int, seconds: float, *, level: float = 0.5) -> Samples:
    """Chords, a melody and drums drawn from the seed; int16 of shape (frames, 2) at RATE."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE))
    beat = 60.0 / rng.integers(95, 140)
    scale = np.array([0, 2, 3, 5, 7, 8, 10]) + rng.integers(0, 12)
    time = np.arange(int(2 * beat * RATE)) / RATE
    for step in range(int(seconds / beat)):
        first = int(step * beat * RATE)
        length = min(len(time), len(out) - first)
        at = time[:length]
        notes = rng.choice(scale, 3, replace=False) + 12 * rng.integers(3, 6, 3)
        voice = sum(
            np.sin(2 * np.pi * 440.0 * 2 ** ((note - 57) / 12) * partial * at) / partial
            for note in notes
            for partial in (1, 2, 3)
        )
        out[first : first + length] += 0.1 * np.asarray(voice) * np.exp(-at * rng.uniform(1, 6))
        hit = rng.standard_normal(length) * np.exp(-at * rng.uniform(20, 60)) * rng.uniform(0.02, 0.2)
        kick = np.sin(2 * np.pi * 55 * at) * np.exp(-at * 18) * 0.5
        out[first : first + length] += hit + kick
    out *= level / np.abs(out).max()
    return np.repeat(np.round(out * 32767).astype(np.int16)[:, None], 2, axis=1)


def wav(samples: Samples, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def encoded(folder: Path, samples: Samples, suffix: str, *, bit_rate: int = 192_000) -> bytes:
    """The samples as a file of that kind."""
    if suffix == ".wav":
        return wav(samples)
    path = folder / f"encoded{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[suffix], rate=RATE, layout="stereo")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = bit_rate
        context = stream.codec_context
        resampler = av.AudioResampler(
            format=context.format, layout="stereo", rate=RATE, frame_size=context.frame_size or 4_096
        )
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = RATE, 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path.read_bytes()
