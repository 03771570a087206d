"""Audio files for tests, written with PyAV or byte by byte."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray


def sine(seconds: float, rate: int, hz: float = 440.0, level: float = 0.5) -> NDArray[np.float64]:
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def write_wav(path: Path, mono: NDArray[np.float64], rate: int, *, width: int = 2, channels: int = 2) -> Path:
    """PCM of 1, 2, 3 or 4 bytes a sample."""
    full = float(2 ** (8 * width - 1) - 1)
    values = np.round(mono * full).astype(np.int64)
    if width == 1:
        values += 128
    raw = np.repeat(values, channels).astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return path


def encode(path: Path, mono: NDArray[np.float64], rate: int, codec: str) -> Path:
    """A stereo file in the container of the path's suffix."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = 192_000
        frame_size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout="stereo", rate=rate, frame_size=frame_size
        )
        packed = np.repeat(mono.astype(np.float32), 2)[None, :]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format="flt", layout="stereo")
        frame.sample_rate = rate
        frame.pts = 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
