"""Encoders without a network: pictures and sound of libav as the hub's frames."""

from __future__ import annotations

import fractions
from collections.abc import Iterator

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media_server.codecs.av1 import OBU_SEQUENCE_HEADER, build_av1c, split_obus
from media_server.codecs.h264 import NAL_PPS, NAL_SPS, build_avcc
from media_server.codecs.hevc import NAL_PPS as HEVC_PPS
from media_server.codecs.hevc import NAL_SPS as HEVC_SPS
from media_server.codecs.hevc import NAL_VPS as HEVC_VPS
from media_server.codecs.hevc import build_hvcc, nal_type
from media_server.codecs.nal import join_lengths, split_byte_stream
from media_server.codecs.vp9 import build_vpcc
from media_server.hub.frames import AudioCodec, Frame, Track, TrackFormat, VideoCodec
from tests.support.svt_av1 import calm_encoder_threads

_ENCODERS = {"h264": "libx264", "hevc": "libx265", "vp8": "libvpx", "vp9": "libvpx-vp9", "av1": "libsvtav1"}


class PictureSource:
    """A picture that is plain but for a bar that moves: `luma` is how bright, 0 to 255."""

    def __init__(
        self,
        codec: VideoCodec = "h264",
        *,
        width: int = 320,
        height: int = 180,
        fps: int = 30,
        gop: int = 30,
        b_frames: int = 0,
        luma: int = 200,
        first_dts: int = 90_000,
        track_id: str = "video",
        pixel_format: str = "yuv420p",
    ) -> None:
        self.codec: VideoCodec = codec
        self.width, self.height, self.fps, self.luma = width, height, fps, luma
        self.track_id = track_id
        self._first, self._count = first_dts, 0
        self._pixel_format = pixel_format
        encoder = av.CodecContext.create(_ENCODERS[codec], "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = width, height, pixel_format
        encoder.bit_rate, encoder.gop_size = 400_000, gop
        encoder.framerate, encoder.time_base = fractions.Fraction(fps), fractions.Fraction(1, 90_000)
        encoder.thread_count = 1
        if codec in ("h264", "hevc"):
            encoder.flags |= Flags.global_header
            keys = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}:b-adapt=0"
            latency = "" if b_frames else ":rc-lookahead=0:sync-lookahead=0" if codec == "h264" else ":rc-lookahead=0"
            # High profile, as encoders that have B-frames send.
            high = ":8x8dct=1" if b_frames and codec == "h264" else ""
            quiet = ":log-level=none:pools=1:frame-threads=1:open-gop=0" if codec == "hevc" else ""
            encoder.options = {"preset": "ultrafast", f"{encoder.name[3:]}-params": keys + latency + high + quiet}
        elif codec == "av1":
            # With frames from the future: without them (pred-struct=1) the encoder waits for each packet, and now and
            # then for ever.
            encoder.bit_rate = 0
            encoder.options = {"preset": "11", "crf": "50", "svtav1-params": "lp=1:scd=0:lookahead=0"}
        else:
            encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        encoder.open()
        calm_encoder_threads()
        self._encoder = encoder
        self._b_frames = b_frames
        self._waiting: list[Frame] = []
        self._record: bytes | None = None
        while not self._waiting:
            self._waiting = self._encode()

    @property
    def track(self) -> Track:
        """What a decoder is told."""
        record = TrackFormat(
            self.codec, self._record or b"", width=self.width, height=self.height, reorders=self._b_frames > 0
        )
        return Track(self.track_id, "video", record, bitrate_bps=400_000)

    def next(self) -> Frame:
        """The next frame in the order of decoding."""
        while not self._waiting:
            self._waiting = self._encode()
        return self._waiting.pop(0)

    def _encode(self) -> list[Frame]:
        luma = np.full((self.height, self.width), self.luma, np.uint8)
        at = self._count * 4 % self.width
        luma[:16, at : at + 16] = 16
        planes = np.concatenate([luma, np.full((self.height // 2, self.width), 128, np.uint8)])
        picture = VideoFrame.from_ndarray(planes, "yuv420p").reformat(format=self._pixel_format)
        picture.pts = self._first + self._count * 90_000 // self.fps
        picture.time_base = fractions.Fraction(1, 90_000)
        self._count += 1
        return [self._frame(packet) for packet in self._encoder.encode(picture)]

    def _frame(self, packet: av.Packet[VideoStream]) -> Frame:
        assert packet.dts is not None
        assert packet.pts is not None
        data = bytes(packet)
        if self._record is None:
            self._record = self._configuration(data)
        if self.codec in ("h264", "hevc"):
            data = join_lengths(split_byte_stream(data))
        return Frame(packet.dts, packet.pts, packet.is_keyframe, data)

    def _configuration(self, first: bytes) -> bytes:
        extra = bytes(self._encoder.extradata or b"")
        if self.codec == "h264":
            nals = split_byte_stream(extra)
            return build_avcc(*([nal for nal in nals if nal[0] & 0x1F == kind] for kind in (NAL_SPS, NAL_PPS)))
        if self.codec == "hevc":
            nals = split_byte_stream(extra)
            kinds = (HEVC_VPS, HEVC_SPS, HEVC_PPS)
            return build_hvcc(*([nal for nal in nals if nal_type(nal) == kind] for kind in kinds))
        if self.codec == "vp9":
            return build_vpcc(first)
        if self.codec == "av1":
            return build_av1c(next(obu.payload for obu in split_obus(first) if obu.kind == OBU_SEQUENCE_HEADER))
        return b""


class ToneSource:
    """A tone, in stereo. AAC packets of 1,024 samples, MP3 of 1,152, Opus of 960."""

    def __init__(
        self,
        codec: AudioCodec = "aac",
        *,
        frequency_hz: float = 440.0,
        sample_rate: int = 48_000,
        first_dts: int = 90_000,
        track_id: str = "audio",
    ) -> None:
        self.codec: AudioCodec = codec
        self.sample_rate, self.frequency_hz, self.track_id = sample_rate, frequency_hz, track_id
        encoder = av.CodecContext.create({"aac": "aac", "opus": "libopus", "mp3": "libmp3lame"}[codec], "w")
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate, encoder.layout, encoder.bit_rate = sample_rate, "stereo", 128_000
        encoder.format = "flt" if codec == "opus" else "fltp"
        encoder.open()
        self.samples = encoder.frame_size
        self._encoder = encoder
        self._first, self._count, self._given = first_dts, 0, 0
        self._packets = self._encode()

    @property
    def track(self) -> Track:
        """What a decoder is told."""
        config = bytes(self._encoder.extradata or b"")
        return Track(self.track_id, "audio", TrackFormat(self.codec, config, sample_rate=self.sample_rate, channels=2))

    def next(self) -> Frame:
        """The next packet; the first one has the first stamp, whatever lead the encoder has."""
        at = self._first + self._given * self.samples * 90_000 // self.sample_rate
        self._given += 1
        return Frame(at, at, True, next(self._packets))

    def _encode(self) -> Iterator[bytes]:
        while True:
            at = (self._count * self.samples + np.arange(self.samples)) / self.sample_rate
            wave = (0.4 * np.sin(2 * np.pi * self.frequency_hz * at)).astype(np.float32)
            pcm = np.stack([wave, wave])
            if self.codec == "opus":
                frame = AudioFrame.from_ndarray(np.ascontiguousarray(pcm.T).reshape(1, -1), "flt", "stereo")
            else:
                frame = AudioFrame.from_ndarray(pcm, "fltp", "stereo")
            frame.sample_rate, frame.pts = self.sample_rate, self._count * self.samples
            self._count += 1
            for packet in self._encoder.encode(frame):
                yield bytes(packet)
