"""A publisher without a browser: H.264 and Opus encoded with libav, packetised as RFC 6184 and RFC 7587 say."""

from __future__ import annotations

import fractions
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from media_server.rtp.packet import RtpPacket

MTU_PAYLOAD = 1150
CLOCK_BITS = 44
_CELL = 8


def split_annex_b(data: bytes) -> list[bytes]:
    """The NAL units of a byte stream."""
    return [nal for nal in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if nal]


def packetize_h264(nals: Sequence[bytes], *, payload_size: int = MTU_PAYLOAD) -> list[bytes]:
    """RTP payloads of one access unit: parameter sets in one STAP-A as browsers do, FU-A for what is too long."""
    sets = [nal for nal in nals if nal[0] & 0x1F in (7, 8)]
    payloads: list[bytes] = []
    if len(sets) > 1:
        payloads.append(b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in sets))
        nals = [nal for nal in nals if nal not in sets]
    for nal in nals:
        if len(nal) <= payload_size:
            payloads.append(nal)
            continue
        body = nal[1:]
        pieces = [body[start : start + payload_size - 2] for start in range(0, len(body), payload_size - 2)]
        for index, piece in enumerate(pieces):
            edge = 0x80 if index == 0 else 0x40 if index == len(pieces) - 1 else 0
            payloads.append(bytes((nal[0] & 0xE0 | 28, edge | nal[0] & 0x1F)) + piece)
    return payloads


@dataclass
class RtpNumbers:
    """Sequence numbers and SSRC of one stream."""

    payload_type: int
    ssrc: int
    sequence_number: int = 65_500
    first_timestamp: int = 0

    def packets(self, payloads: Sequence[bytes], *, timestamp: int, marker: bool) -> list[RtpPacket]:
        """The next packets, the last with the marker bit when asked for."""
        packets = []
        for index, payload in enumerate(payloads):
            packets.append(
                RtpPacket(
                    self.payload_type,
                    self.sequence_number,
                    (self.first_timestamp + timestamp) & 0xFFFFFFFF,
                    self.ssrc,
                    marker and index == len(payloads) - 1,
                    payload,
                )
            )
            self.sequence_number = (self.sequence_number + 1) & 0xFFFF
        return packets


class H264Source:
    """A moving picture in low-latency H.264. A number, say a clock, is drawn in its first lines as 44 cells."""

    def __init__(
        self,
        *,
        width: int = 640,
        height: int = 360,
        fps: int = 30,
        bitrate_bps: int = 800_000,
        gop: int = 60,
        b_frames: int = 0,
        first_timestamp: int = 0xFFFF0000,
    ) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.numbers = RtpNumbers(96, 0x1111, first_timestamp=first_timestamp)
        codec = av.CodecContext.create("libx264", "w")
        assert isinstance(codec, VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.bit_rate, codec.gop_size, codec.framerate = bitrate_bps, gop, fractions.Fraction(fps)
        codec.time_base = fractions.Fraction(1, 90_000)
        x264 = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}:repeat-headers=1:annexb=1"
        codec.options = {"preset": "ultrafast", "x264-params": x264, **({} if b_frames else {"tune": "zerolatency"})}
        self._codec = codec
        noise = np.random.default_rng(1).integers(60, 200, (height // 8 + 1, width // 8 + 1), dtype=np.uint8)
        self._background = noise.repeat(8, 0).repeat(8, 1)[:height, :width]
        self._count = 0
        self._force_key = False

    def request_keyframe(self) -> None:
        """The next picture is a key frame."""
        self._force_key = True

    def access_units(self, *, timestamp: int | None = None, clock: int | None = None) -> list[tuple[int, list[bytes]]]:
        """The next picture as (RTP timestamp from 0 in 1/90000 s, NAL units); several or none with B-frames."""
        luma = np.roll(self._background, self._count * 4, axis=1)
        if clock is not None:
            for bit in range(CLOCK_BITS):
                luma[0:16, bit * _CELL : (bit + 1) * _CELL] = 235 if clock >> bit & 1 else 16
        chroma = np.full((self.height // 2, self.width), 128, np.uint8)
        frame = VideoFrame.from_ndarray(np.concatenate([luma, chroma]), "yuv420p")
        frame.pts = round(self._count * 90_000 / self.fps) if timestamp is None else timestamp
        frame.time_base = fractions.Fraction(1, 90_000)
        if self._force_key:
            frame.pict_type = PictureType.I
            self._force_key = False
        self._count += 1
        return [(int(packet.pts or 0), split_annex_b(bytes(packet))) for packet in self._codec.encode(frame)]

    def packets(self, *, timestamp: int | None = None, clock: int | None = None) -> list[RtpPacket]:
        """The next picture as RTP."""
        return [
            packet
            for at, nals in self.access_units(timestamp=timestamp, clock=clock)
            for packet in self.numbers.packets(packetize_h264(nals), timestamp=at, marker=True)
        ]


class OpusSource:
    """A tone, or whatever `samples` is given, in Opus packets of 20 ms or as long as is asked for."""

    def __init__(
        self,
        *,
        frequency_hz: float = 440.0,
        channels: int = 2,
        first_timestamp: int = 0xFFFFF000,
        amplitude: float = 0.3,
        bitrate_bps: int = 96_000,
        packet_samples: int = 960,
    ) -> None:
        self.numbers = RtpNumbers(111, 0x2222, first_timestamp=first_timestamp)
        self.frequency_hz, self.channels, self.amplitude = frequency_hz, channels, amplitude
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate, codec.format, codec.bit_rate = 48_000, "flt", bitrate_bps
        codec.layout = "stereo" if channels == 2 else "mono"
        codec.options = {"application": "audio", "frame_duration": str(packet_samples // 48)}
        self._codec = codec
        self._packet_samples = packet_samples
        self._count = 0

    def tone(self) -> NDArray[np.float32]:
        """The next packet's samples."""
        at = np.arange(self._count, self._count + self._packet_samples) / 48_000
        return (self.amplitude * np.sin(2 * np.pi * self.frequency_hz * at)).astype(np.float32)

    def payloads(self, samples: NDArray[np.float32] | None = None) -> Iterator[bytes]:
        """The next packet, of `samples` (20 ms are 960 of them, full scale 1) or of the tone."""
        mono = self.tone() if samples is None else samples
        self._count += len(mono)
        interleaved = np.repeat(mono, self.channels).reshape(1, -1)
        frame = AudioFrame.from_ndarray(interleaved, "flt", "stereo" if self.channels == 2 else "mono")
        frame.sample_rate = 48_000
        for packet in self._codec.encode(frame):
            yield bytes(packet)

    def packets(self, samples: NDArray[np.float32] | None = None, *, timestamp: int | None = None) -> list[RtpPacket]:
        """The next 20 ms as RTP; `timestamp` in 1/48000 s from 0."""
        at = self._count if timestamp is None else timestamp
        return self.numbers.packets(list(self.payloads(samples)), timestamp=at, marker=False)
