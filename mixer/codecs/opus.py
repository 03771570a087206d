"""Opus by libopus, one packet at a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE

MIN_BITRATE_BPS, MAX_BITRATE_BPS = 64_000, 510_000
FRAME_MS = (5, 10, 20, 40)


@dataclass(frozen=True, slots=True)
class OpusSettings:
    """Stereo music at 48 kHz. `low_delay` looks 2.5 ms ahead instead of 6.5, for a little quality."""

    bitrate_bps: int = 128_000
    frame_ms: int = 20
    low_delay: bool = False

    def __post_init__(self) -> None:
        if not MIN_BITRATE_BPS <= self.bitrate_bps <= MAX_BITRATE_BPS:
            raise ValueError(f"{self.bitrate_bps} bps is not {MIN_BITRATE_BPS} to {MAX_BITRATE_BPS}")
        if self.frame_ms not in FRAME_MS:
            raise ValueError(f"a packet is one of {FRAME_MS} ms long")

    @property
    def frames(self) -> int:
        """Frames a packet."""
        return SAMPLE_RATE * self.frame_ms // 1000


class OpusEncoder:
    """Encodes packets of `settings.frames` frames. libopus runs without the GIL."""

    def __init__(self, settings: OpusSettings) -> None:
        self.settings = settings
        context = AudioCodecContext.create("libopus", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate, context.bit_rate = SAMPLE_RATE, settings.bitrate_bps
        context.time_base = Fraction(1, SAMPLE_RATE)
        context.layout, context.format = "stereo", "flt"
        context.options = {
            "application": "lowdelay" if settings.low_delay else "audio",
            "frame_duration": str(settings.frame_ms),
            "vbr": "constrained",
        }
        context.open()
        self._context = context
        self._pts = 0

    def encode(self, pcm: NDArray[np.float32]) -> bytes:
        """One packet of `settings.frames` frames, shape (frames, 2)."""
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(pcm).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._pts, Fraction(1, SAMPLE_RATE)
        self._pts += len(pcm)
        (packet,) = self._context.encode(frame)
        return bytes(packet)


class UndecodableOpus(ValueError):
    """libopus refuses the packet."""


class OpusDecoder:
    """Decodes packets of any length, mono or stereo, to stereo."""

    def __init__(self) -> None:
        context = AudioCodecContext.create("libopus", "r")
        assert isinstance(context, AudioCodecContext)
        # libopus itself turns mono packets into the stereo that is asked for, and follows changes within a stream.
        context.sample_rate, context.layout = SAMPLE_RATE, "stereo"
        self._context = context

    def decode(self, packet: bytes) -> NDArray[np.float32]:
        """Float32 of shape (frames, 2). Raises UndecodableOpus."""
        try:
            decoded = self._context.decode(av.Packet(packet))
        except av.FFmpegError as error:
            raise UndecodableOpus(str(error)) from error
        pieces = [frame.to_ndarray().reshape(-1, 2).astype(np.float32) for frame in decoded]
        pcm = np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)
        return pcm * np.float32(1.0 / 32768.0)
