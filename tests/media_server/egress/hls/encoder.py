"""An encoder without a network: frames as OBS and ffmpeg send them, put into a hub on simulated time."""

from __future__ import annotations

import fractions
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from media_server.codecs import av1, hevc, vp9
from media_server.codecs.h264 import build_avcc
from media_server.codecs.nal import join_lengths, split_byte_stream
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.settings import HlsSettings
from media_server.hub.formats import aac_format, av1_format, h264_format, hevc_format, opus_format, vp9_format
from media_server.hub.frames import CLOCK_RATE, Frame, Origin, Track, TrackFormat
from media_server.hub.hub import Hub
from tests.media_server.egress.hls.simulation import NAME_KEY, WALL_OFFSET_S
from tests.support.svt_av1 import calm_encoder_threads

Coded = tuple[TrackFormat, list[Frame]]
_GLOBAL_HEADER = 0x400000
_ENCODERS = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "vp9": "libvpx-vp9"}


@cache
def pictures(
    seconds: float,
    *,
    codec: Literal["h264", "hevc", "av1", "vp9"] = "h264",
    width: int = 160,
    height: int = 96,
    fps: int = 15,
    gop_s: float = 2.0,
    b_frames: int = 0,
) -> Coded:
    """A moving picture; with B-frames the first is shown after it is decoded."""
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = fractions.Fraction(1, CLOCK_RATE), fractions.Fraction(fps)
    encoder.gop_size, encoder.bit_rate = round(gop_s * fps), 100_000
    encoder.flags |= _GLOBAL_HEADER
    encoder.options = {
        "h264": {"preset": "ultrafast", "x264-params": f"scenecut=0:bframes={b_frames}:b-adapt=0"},
        "hevc": {"preset": "ultrafast", "x265-params": f"log-level=none:scenecut=0:bframes={b_frames}:open-gop=0"},
        "av1": {"preset": "12", "svtav1-params": "lp=1"},
        "vp9": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    }[codec]
    encoder.open()
    calm_encoder_threads()
    step = CLOCK_RATE // fps
    packets = []
    for index in range(round(seconds * fps)):
        luma = np.roll(np.tile(np.arange(width, dtype=np.uint8), (height, 1)), 4 * index, axis=1)
        chroma = np.full((height // 2, width), 128, np.uint8)
        frame = VideoFrame.from_ndarray(np.concatenate([luma, chroma]), "yuv420p")
        frame.pts, frame.time_base = index * step, encoder.time_base
        if index % round(gop_s * fps) == 0:
            frame.pict_type = PictureType.I
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    shift = -min(int(packet.dts or 0) for packet in packets)
    frames = [
        Frame(
            int(packet.dts or 0) + shift, int(packet.pts or 0) + shift, packet.is_keyframe, _data(codec, bytes(packet))
        )
        for packet in packets
    ]
    return _format(codec, encoder, bytes(packets[0]), width, height), frames


@cache
def sound(
    seconds: float, *, codec: Literal["aac", "opus"] = "aac", sample_rate: int = 48_000, frequency_hz: float = 440.0
) -> Coded:
    """A tone in stereo."""
    encoder = av.CodecContext.create("aac" if codec == "aac" else "libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.bit_rate = sample_rate, "stereo", 96_000
    encoder.format = "fltp" if codec == "aac" else "flt"
    encoder.open()
    samples = 1024 if codec == "aac" else 960
    data: list[bytes] = []
    for index in range(round(seconds * sample_rate / samples) + 1):
        at = np.arange(index * samples, (index + 1) * samples) / sample_rate
        tone = (0.3 * np.sin(2 * np.pi * frequency_hz * at)).astype(np.float32)
        block = np.stack([tone, tone]) if codec == "aac" else np.repeat(tone, 2).reshape(1, -1)
        frame = AudioFrame.from_ndarray(block, encoder.format.name, "stereo")
        frame.sample_rate = sample_rate
        data += [bytes(packet) for packet in encoder.encode(frame)]
    config = bytes(encoder.extradata or b"")
    times = [round(index * samples * CLOCK_RATE / sample_rate) for index in range(len(data))]
    frames = [Frame(at, at, True, each) for at, each in zip(times, data, strict=True)]
    return aac_format(config) if codec == "aac" else opus_format(config), frames


def _data(codec: str, data: bytes) -> bytes:
    if codec == "h264":
        return join_lengths(nal for nal in split_byte_stream(data) if nal[0] & 0x1F not in (7, 8, 9))
    if codec == "hevc":
        kept = (nal for nal in split_byte_stream(data) if hevc.nal_type(nal) not in hevc.PARAMETER_SETS)
        return join_lengths(kept)
    return av1.join_obus(av1.split_obus(data)) if codec == "av1" else data


def _format(codec: str, encoder: VideoCodecContext, first: bytes, width: int, height: int) -> TrackFormat:
    nals = split_byte_stream(bytes(encoder.extradata or b""))
    if codec == "h264":
        sets = [[nal for nal in nals if nal[0] & 0x1F == kind] for kind in (7, 8)]
        return h264_format(build_avcc(*sets))
    if codec == "hevc":
        three = [[nal for nal in nals if hevc.nal_type(nal) == kind] for kind in hevc.PARAMETER_SETS]
        return hevc_format(hevc.build_hvcc(*three))
    if codec == "vp9":
        return vp9_format(vp9.build_vpcc(first), width, height)
    header = next(obu for obu in av1.split_obus(first) if obu.kind == av1.OBU_SEQUENCE_HEADER)
    return av1_format(av1.build_av1c(header.payload))


def track(
    track_id: str, coded: Coded, *, origin: Origin = "source", label: str = "", bitrate_bps: int | None = None
) -> Track:
    """The track of what was coded."""
    return Track(track_id, "audio" if coded[0].sample_rate else "video", coded[0], origin, label, bitrate_bps)


@dataclass
class Encoder:
    """What comes into a room's hub; frames arrive when they are decoded, and `delay_s` of their track later."""

    settings: HlsSettings = field(default_factory=HlsSettings)
    now: float = 100.0
    keyframe_requests: int = 0

    def __post_init__(self) -> None:
        self.hub = Hub()
        self.egress = HlsEgress(
            settings=self.settings,
            request_keyframe=self._keyframe_requested,
            wall_offset_s=WALL_OFFSET_S,
            name_key=NAME_KEY,
        )
        self.hub.listen(self.egress, now=self.now)

    def send(
        self,
        tracks: dict[str, Coded],
        *,
        seconds: float,
        begins: bool = True,
        since_s: float = 0.0,
        delays_s: dict[str, float] | None = None,
        clock: int = 0,
        drift: float = 0.0,
    ) -> None:
        """Sends that long of each track, from `since_s` of it on. `clock` is added to the frames' times.

        The encoder's clock is fast by `drift`, a share of it.
        """
        if begins:
            self.hub.begin([track(track_id, coded) for track_id, coded in tracks.items()], now=self.now)
        start = self.now
        events = sorted(
            (
                (frame.dts / CLOCK_RATE - since_s) * (1 - drift) + (delays_s or {}).get(track_id, 0.0),
                order,
                track_id,
                frame,
            )
            for order, (track_id, (_, frames)) in enumerate(tracks.items())
            for frame in frames
            if since_s <= frame.dts / CLOCK_RATE < since_s + seconds
        )
        polled = start
        for at, _, track_id, frame in events:
            while polled < start + at:
                self.egress.poll(now=polled)
                polled += 0.05
            self.now = start + at
            self.hub.push(track_id, frame._replace(dts=frame.dts + clock, pts=frame.pts + clock), now=self.now)
        self.now = max(self.now, start + seconds)

    def playlist(self, name: str) -> MediaPlaylist:
        """A rendition that must be there."""
        playlist = self.egress.playlist(name)
        assert playlist is not None
        return playlist

    def text(self, name: str) -> str:
        """Its playlist."""
        return self.egress.media_playlist(self.playlist(name), skip=False).replace("\0", "")

    def multivariant(self) -> str:
        """The multivariant playlist that must be there."""
        text = self.egress.multivariant_playlist()
        assert text is not None
        return text.replace("\0", "")

    def _keyframe_requested(self) -> None:
        self.keyframe_requests += 1


def without(frames: Sequence[Frame], lost: Callable[[float], bool]) -> list[Frame]:
    """The frames but those whose time in seconds is `lost`."""
    return [frame for frame in frames if not lost(frame.pts / CLOCK_RATE)]


def numbers(text: str, tag: str) -> Iterator[float]:
    """The values of a tag in order."""
    for line in text.splitlines():
        if line.startswith(tag):
            yield float(line.removeprefix(tag).split(",")[0])
