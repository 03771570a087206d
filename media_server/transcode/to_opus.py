"""AAC or MP3 to Opus, on an unbroken count of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from media_server.codecs.opus import parse_opus_head
from media_server.hub.frames import CLOCK_RATE, Frame, TrackFormat

SAMPLE_RATE: Final = 48_000
CHANNELS: Final = 2
FRAME_SAMPLES: Final = 960
"""20 ms."""

_TOLERANCE_S: Final = 0.04
"""Stamps that are further from the count than this are believed: below it, lips and voice are not seen apart."""
_MAX_SILENCE_S: Final = 1.0
"""A longer gap is left open: the stamps jump, and nothing is made up."""
_FADE_SAMPLES: Final = 480
_FADE_OUT: Final = np.linspace(1, 0, _FADE_SAMPLES, dtype=np.float32)
_FADE_IN: Final = np.linspace(0, 1, _FADE_SAMPLES, dtype=np.float32)

Pcm = NDArray[np.float32]


class ToOpus:
    """Decodes, resamples to 48 kHz stereo, encodes packets of 20 ms.

    Packets are stamped by counting samples from the first stamp on, since those of RTMP are whole milliseconds. Where
    the source's stamps and the count come to be apart by more than 40 ms, silence is put in or sound is left out.
    """

    def __init__(self, source: TrackFormat, *, bitrate_bps: int) -> None:
        """`source` is AAC or MP3. Raises ValueError for another codec."""
        self._decoder = _decoder(source)
        self._encoder = _encoder(bitrate_bps)
        self.head = bytes(self._encoder.extradata or b"")
        """The OpusHead of what is made."""
        self._lead = parse_opus_head(self.head).pre_skip
        self._resampler: AudioResampler | None = None
        self._heard_as: tuple[int, str, str] | None = None
        self._queued: Pcm = np.zeros((CHANNELS, 0), np.float32)
        self._position: int | None = None
        """Where the first queued sample is, in 1/48000 s."""
        self._tail: Pcm = np.zeros((CHANNELS, _FADE_SAMPLES), np.float32)
        self._fades_in = True
        self.undecodable = 0

    def run(self, frames: Sequence[Frame]) -> list[Frame]:
        """The Opus packets that are complete with `frames`. One that cannot be decoded is counted, and a gap."""
        made: list[Frame] = []
        for frame in frames:
            try:
                decoded = self._decoder.decode(av.Packet(frame.data))
            except av.FFmpegError:
                self.undecodable += 1
                continue
            pcm = [piece for each in decoded for piece in self._resampled(each)]
            if pcm:
                self._append(round(frame.pts * SAMPLE_RATE / CLOCK_RATE), np.concatenate(pcm, axis=1))
                made += self._encode()
        return made

    def _resampled(self, frame: AudioFrame) -> list[Pcm]:
        heard_as = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self._resampler is None or heard_as != self._heard_as:
            self._resampler = AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
            self._heard_as = heard_as
        frame.pts = None
        return [out.to_ndarray().astype(np.float32, copy=False) for out in self._resampler.resample(frame)]

    def _append(self, position: int, pcm: Pcm) -> None:
        if self._position is None:
            self._position = position
        missing = position - self._position - self._queued.shape[1]
        if abs(missing) > _TOLERANCE_S * SAMPLE_RATE:
            if missing > _MAX_SILENCE_S * SAMPLE_RATE:
                self._queued = self._queued[:, :0]
                self._position = position
                self._fades_in = True
            elif missing > 0:
                self._silence(missing)
            else:
                pcm = pcm[:, -missing:]
                self._fades_in = True
        if not pcm.shape[1]:
            return
        if self._fades_in and pcm.shape[1] >= _FADE_SAMPLES:
            pcm = pcm.copy()
            pcm[:, :_FADE_SAMPLES] *= _FADE_IN
            self._fades_in = False
        self._queued = np.concatenate([self._queued, pcm], axis=1)
        self._tail = self._queued[:, -_FADE_SAMPLES:]

    def _silence(self, samples: int) -> None:
        """Lets the sound die away instead of cutting it off: its end mirrored and faded out."""
        gap = np.zeros((CHANNELS, samples), np.float32)
        length = min(samples, self._tail.shape[1])
        gap[:, :length] = self._tail[:, ::-1][:, :length] * _FADE_OUT[:length]
        self._queued = np.concatenate([self._queued, gap], axis=1)
        self._fades_in = True

    def _encode(self) -> list[Frame]:
        assert self._position is not None
        made: list[Frame] = []
        while self._queued.shape[1] >= FRAME_SAMPLES:
            block = np.ascontiguousarray(self._queued[:, :FRAME_SAMPLES].T).reshape(1, -1)
            frame = AudioFrame.from_ndarray(block, format="flt", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            # What a packet decodes to began as long before its block as the encoder looks ahead.
            at = (self._position - self._lead) * CLOCK_RATE // SAMPLE_RATE
            made += [Frame(at, at, True, bytes(packet)) for packet in self._encoder.encode(frame)]
            self._queued = self._queued[:, FRAME_SAMPLES:]
            self._position += FRAME_SAMPLES
        return made


def _decoder(source: TrackFormat) -> AudioCodecContext:
    if source.codec not in ("aac", "mp3"):
        raise ValueError(f"{source.codec} is not made Opus")
    decoder = av.CodecContext.create(source.codec, "r")
    assert isinstance(decoder, AudioCodecContext)
    if source.config:
        decoder.extradata = source.config
    return decoder


def _encoder(bitrate_bps: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "stereo"
    encoder.format = "flt"
    encoder.bit_rate = bitrate_bps
    encoder.options = {"application": "audio", "frame_duration": "20"}
    encoder.open()
    return encoder
