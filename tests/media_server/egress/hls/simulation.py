"""A publisher by RTP on simulated time, and a reader of what the egress made of it."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import av
import av.logging

from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.events import Part
from media_server.egress.hls.listing import Segment
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import Kind
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.rtp.packet import RtpPacket
from media_server.transcode.aac_track import AacTrack
from tests.support.rtp_source import H264Source, OpusSource
from tests.support.sounds import InlineSounds

WALL_OFFSET_S = 1_700_000_000.0
NAME_KEY = bytes(32)


Network = Callable[[Kind, RtpPacket], Iterator[RtpPacket]]


def perfect(kind: Kind, packet: RtpPacket) -> Iterator[RtpPacket]:
    """A network that does nothing."""
    yield packet


@dataclass
class Publisher:
    """Sends pictures and sound to a room's hub on simulated time; `network` may lose or repeat packets."""

    video: H264Source | None = field(default_factory=H264Source)
    audio: OpusSource | None = field(default_factory=OpusSource)
    settings: HlsSettings = field(default_factory=HlsSettings)
    network: Network = perfect
    answers_keyframe_requests: bool = True
    now: float = 100.0
    keyframe_requests: int = 0

    def __post_init__(self) -> None:
        self.egress = HlsEgress(
            settings=self.settings,
            request_keyframe=self._keyframe_requested,
            wall_offset_s=WALL_OFFSET_S,
            name_key=NAME_KEY,
        )
        self.hub = Hub()
        self.source = RtpSource(self.hub, request_keyframe=self._keyframe_requested)
        self.aac = AacTrack(self.hub, sounds=InlineSounds())
        for listener in (self.aac, self.egress):
            self.hub.listen(listener, now=self.now)
        self.publish()

    def publish(self) -> None:
        """Comes, or comes back, with the tracks there are."""
        self.video_sent = self.audio_sent = 0.0
        self.since = self.now
        self.source.set_tracks(
            video_codec="H264" if self.video else None, audio_codec="opus" if self.audio else None, now=self.now
        )

    def run(self, seconds: float, *, send_audio: bool = True, send_video: bool = True) -> None:
        """Sends for that long, in steps of 10 ms."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            elapsed = self.now - self.since
            while self.video is not None and self.video_sent <= elapsed + 1e-9:
                packets = self.video.packets()
                self.video_sent += 1 / self.video.fps
                if send_video:
                    self.deliver("video", packets)
            while self.audio is not None and self.audio_sent <= elapsed + 1e-9:
                packets = self.audio.packets()
                self.audio_sent += 0.02
                if send_audio:
                    self.deliver("audio", packets)
            self.poll()
            self.now += 0.01

    def poll(self) -> None:
        """The timers of a room."""
        self.source.poll(now=self.now)
        self.aac.poll(now=self.now)
        self.egress.poll(now=self.now)

    def interrupt(self) -> None:
        """Is lost."""
        self.source.interrupt(now=self.now)

    def end(self) -> None:
        """The stream is over."""
        self.hub.end(now=self.now)

    def deliver(self, kind: Kind, packets: list[RtpPacket]) -> None:
        """Sends packets now."""
        for packet in packets:
            for arrived in self.network(kind, packet):
                self.source.receive(kind, arrived, now=self.now)

    def playlist(self, name: str) -> MediaPlaylist:
        """A rendition that must be there."""
        playlist = self.egress.playlist(name)
        assert playlist is not None
        return playlist

    def _keyframe_requested(self) -> None:
        self.keyframe_requests += 1
        if self.video is not None and self.answers_keyframe_requests:
            self.video.request_keyframe()


@dataclass(frozen=True)
class Fragment:
    """What a part says of itself, in units of its timescale."""

    sequence_number: int
    decode_time: int
    durations: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.decode_time + sum(self.durations)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of one level."""
    position = 0
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        assert 8 <= length <= len(data) - position
        yield kind, data[position + 8 : position + length]
        position += length


def read_fragment(part: bytes) -> Fragment:
    """Reads one moof and mdat, written apart from the writer that is tested."""
    (moof_kind, moof), (mdat_kind, mdat) = boxes(part)
    assert (moof_kind, mdat_kind) == (b"moof", b"mdat")
    inner = dict(boxes(moof))
    track = dict(boxes(inner[b"traf"]))
    (decode_time,) = struct.unpack_from(">Q", track[b"tfdt"], 4)
    version_flags, count, data_offset = struct.unpack_from(">IIi", track[b"trun"])
    assert data_offset == len(moof) + 16
    step = 16 if version_flags & 0x800 else 8
    entries = [struct.unpack_from(">II", track[b"trun"], 12 + step * index) for index in range(count)]
    assert sum(size for _, size in entries) == len(mdat)
    (sequence_number,) = struct.unpack_from(">I", inner[b"mfhd"], 4)
    durations, sizes = zip(*entries, strict=True)
    return Fragment(sequence_number, decode_time, durations, sizes)


def all_segments(playlist: MediaPlaylist) -> list[Segment[Part]]:
    """The listed segments and the open one."""
    return playlist.listed() + ([playlist.open_segment] if playlist.open_segment else [])


def runs(playlist: MediaPlaylist) -> Iterator[tuple[int, bytes]]:
    """What a player appends without a break: (discontinuity sequence, initialization segment and media)."""
    run: list[Segment[Part]] = []
    for segment in all_segments(playlist):
        if run and (segment.initialization, segment.discontinuity_sequence) != (
            run[-1].initialization,
            run[-1].discontinuity_sequence,
        ):
            yield _joined(playlist, run)
            run = []
        run.append(segment)
    if run:
        yield _joined(playlist, run)


def _joined(playlist: MediaPlaylist, run: list[Segment[Part]]) -> tuple[int, bytes]:
    header = playlist.initialization(run[0].initialization)
    assert header is not None
    return run[0].discontinuity_sequence, header + b"".join(part.data for segment in run for part in segment.parts)


def decode(data: bytes) -> tuple[list[av.VideoFrame | av.AudioFrame], list[str]]:
    """All frames of a file, and whatever libav had to complain about."""
    frames: list[av.VideoFrame | av.AudioFrame] = []
    level_before = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as complaints, av.open(io.BytesIO(data), "r") as container:
            for frame in container.decode(container.streams[0]):
                assert isinstance(frame, av.VideoFrame | av.AudioFrame)
                frames.append(frame)
    finally:
        av.logging.set_level(level_before)
    # An encoder that happens to be collected meanwhile, in whatever state, has its say here too.
    return frames, [
        message
        for level, _, message in complaints
        if level is not None and level <= av.logging.WARNING and "left in the queue on closing" not in message
    ]
