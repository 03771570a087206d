"""Opus packets to AAC frames on an unbroken count of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

SAMPLE_RATE: Final = 48_000
FRAME_SAMPLES: Final = 1024
CHANNELS: Final = 2

_JUMP_SAMPLES: Final = SAMPLE_RATE * 6 // 100
"""Up to 60 ms the pace is bent; beyond, where lips and words are seen apart, samples are left out or silence put in."""
_MAX_SILENCE_SAMPLES: Final = 10 * SAMPLE_RATE
_DEAD_BAND_SAMPLES: Final = SAMPLE_RATE // 1000
_CORRECTION_PER_SAMPLE: Final = 0.2 / SAMPLE_RATE
"""Of a distance, a fifth is made up in a second."""
_MAX_BEND: Final = 0.005
"""At most half a per cent faster or slower: a twelfth of a semitone."""
_LOSS_TOLERANCE: Final = 0.2
"""What is missing for loss is whole packets, give or take this share of one; anything else is clocks that drift."""
_CONCEAL_SAMPLES: Final = SAMPLE_RATE // 100
_FADE_IN: Final = np.linspace(0, 1, SAMPLE_RATE // 400, dtype=np.float32)
_FADE_OUT: Final = np.linspace(1, 0, _CONCEAL_SAMPLES, dtype=np.float32)

Pcm = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OpusPacket:
    """One Opus packet; `position` is the time of its first sample in 1/48000 s."""

    position: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SilenceUntil:
    """Nothing came up to `position` (1/48000 s of media time), and nothing is waited for any longer."""

    position: int


@dataclass(frozen=True, slots=True)
class AacFrame:
    """1,024 samples from `position` on."""

    position: int
    data: bytes


class OpusToAac:
    """Decodes, conceals, keeps in step with media time, encodes.

    The count of samples is what AAC frames are stamped with, so time never slips: a lost packet becomes its own length
    of concealment, and where the packets' positions and the count drift apart the pace is bent, inaudibly, until they
    agree.
    """

    def __init__(self, *, start: int, bitrate_bps: int) -> None:
        self._decoder = _opus_decoder()
        self._encoder = _aac_encoder(bitrate_bps)
        self._start = start
        self.written = start
        self._frame_position = start - FRAME_SAMPLES
        self._queued: list[Pcm] = []
        self._queued_samples = 0
        self._expected: int | None = None
        self._aligned = False
        self._bend = 0.0
        self._tail: Pcm = np.zeros((CHANNELS, _CONCEAL_SAMPLES), np.float32)
        self._fade_in = True
        self.undecodable = 0

    def run(self, items: Sequence[OpusPacket | SilenceUntil]) -> list[AacFrame]:
        """The AAC frames that are complete with `items`. A packet that libopus refuses is concealed and counted."""
        frames: list[AacFrame] = []
        for item in items:
            if isinstance(item, SilenceUntil):
                self._conceal(item.position - self.written)
                self._aligned = False
            else:
                self._receive(item)
            frames += self._encode()
        return frames

    def _receive(self, packet: OpusPacket) -> None:
        try:
            decoded = self._decoder.decode(av.Packet(packet.payload))
        except av.FFmpegError:
            self.undecodable += 1
            return
        for frame in decoded:
            self._append(packet, _to_float(frame))

    def _append(self, packet: OpusPacket, pcm: Pcm) -> None:
        missing = 0 if self._expected is None else packet.position - self._expected
        self._expected = packet.position + pcm.shape[1]
        behind = packet.position - self.written
        packets = round(missing / pcm.shape[1])
        if packets > 0 and abs(missing - packets * pcm.shape[1]) < _LOSS_TOLERANCE * pcm.shape[1]:
            self._conceal(min(missing, behind))
            behind = packet.position - self.written
        if not self._aligned or abs(behind) > _JUMP_SAMPLES:
            self._conceal(behind)
            pcm = pcm[:, max(0, -behind) :]
            self._aligned = pcm.shape[1] > 0
        elif abs(behind) > _DEAD_BAND_SAMPLES:
            pcm = self._bent(pcm, behind)
        if pcm.shape[1]:
            self._write(pcm)

    def _bent(self, pcm: Pcm, behind: int) -> Pcm:
        samples = pcm.shape[1]
        share = float(np.clip(behind * _CORRECTION_PER_SAMPLE, -_MAX_BEND, _MAX_BEND))
        self._bend += share * samples
        extra = int(self._bend)
        self._bend -= extra
        return resampled(pcm, samples + extra) if extra else pcm

    def _conceal(self, samples: int) -> None:
        """Lets the sound die away instead of cutting it off, then silence: the end mirrored, faded over 10 ms."""
        samples = min(samples, _MAX_SILENCE_SAMPLES)
        if samples <= 0:
            return
        gap = np.zeros((CHANNELS, samples), np.float32)
        length = min(samples, self._tail.shape[1])
        gap[:, :length] = (self._tail[:, ::-1] * _FADE_OUT[: self._tail.shape[1]])[:, :length]
        self._write(gap)
        self._tail = np.zeros((CHANNELS, _CONCEAL_SAMPLES), np.float32)
        self._fade_in = True

    def _write(self, pcm: Pcm) -> None:
        if self._fade_in and pcm.shape[1] >= len(_FADE_IN) and np.any(pcm):
            pcm = pcm.copy()
            pcm[:, : len(_FADE_IN)] *= _FADE_IN
            self._fade_in = False
        self._tail = pcm[:, -_CONCEAL_SAMPLES:]
        self._queued.append(pcm)
        self._queued_samples += pcm.shape[1]
        self.written += pcm.shape[1]

    def _encode(self) -> list[AacFrame]:
        if self._queued_samples < FRAME_SAMPLES:
            return []
        pcm = np.concatenate(self._queued, axis=1)
        frames: list[AacFrame] = []
        end = pcm.shape[1] - pcm.shape[1] % FRAME_SAMPLES
        for begin in range(0, end, FRAME_SAMPLES):
            block = np.ascontiguousarray(pcm[:, begin : begin + FRAME_SAMPLES])
            frame = AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            frames += [self._stamped(bytes(packet)) for packet in self._encoder.encode(frame)]
        self._queued = [pcm[:, end:]]
        self._queued_samples = pcm.shape[1] - end
        # The first frame only primes the decoder (ISO/IEC 14496-24 annex A): it lies before the start.
        return [frame for frame in frames if frame.position >= self._start]

    def _stamped(self, data: bytes) -> AacFrame:
        frame = AacFrame(self._frame_position, data)
        self._frame_position += FRAME_SAMPLES
        return frame


def audio_specific_config(bitrate_bps: int) -> bytes:
    """The AudioSpecificConfig of what OpusToAac makes."""
    return bytes(_aac_encoder(bitrate_bps).extradata or b"")


def resampled(pcm: Pcm, samples: int) -> Pcm:
    """`pcm` (channels × n, float32) stretched or squeezed to `samples` by cubic (Catmull-Rom) interpolation."""
    length = pcm.shape[1]
    at = np.arange(samples) * (length / samples)
    index = at.astype(np.int64)
    t = (at - index).astype(np.float32)
    before, here, after, beyond = (pcm[:, np.clip(index + shift, 0, length - 1)] for shift in (-1, 0, 1, 2))
    slope_here, slope_after = (after - before) / 2, (beyond - here) / 2
    square = (3 * (after - here) - 2 * slope_here - slope_after) * t**2
    cube = (2 * (here - after) + slope_here + slope_after) * t**3
    stretched: Pcm = (here + slope_here * t + square + cube).astype(np.float32)
    return stretched


def _to_float(frame: AudioFrame) -> Pcm:
    """A decoded s16 interleaved stereo frame as channels × n, full scale 1."""
    interleaved = frame.to_ndarray().reshape(-1, CHANNELS)
    pcm: Pcm = (interleaved.T / np.float32(32768)).astype(np.float32)
    return pcm


def _opus_decoder() -> AudioCodecContext:
    # libopus itself turns mono packets into the stereo that the context asks for, and follows changes within a stream.
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate = SAMPLE_RATE
    decoder.layout = "stereo"
    return decoder


def _aac_encoder(bitrate_bps: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "stereo"
    encoder.format = "fltp"
    encoder.bit_rate = bitrate_bps
    # The fast coder costs a third of the default one and at 128 kbit/s is not told from it.
    encoder.options = {"aac_coder": "fast"}
    encoder.open()
    return encoder
