"""An encoder's media messages as tracks and frames of a hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from media_server.codecs.errors import CodecError
from media_server.hub.frames import Frame, Kind, Track
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.flv import parse_audio, parse_video
from media_server.rtmp.metadata import Promises
from media_server.rtmp.source_track import SoundTrack, SourceTrack, VideoTrack
from media_server.rtmp.tags import MediaTag
from media_server.rtmp.timeline import EncoderClock

MAX_TRACKS: Final = 8
"""Of each kind. What has a higher number is refused."""
WAIT_S: Final = 0.5
MAX_WAITING: Final = 256
MAX_WAITING_BYTES: Final = 16 << 20
"""Frames held back until all promised tracks are known; when there are more, we begin with those that are."""


class FrameSink(Protocol):
    """Who takes the frames: the room's session of this encoder."""

    def begin(self, tracks: Sequence[Track], now: float) -> None:
        """The tracks are known; frames follow."""

    def put(self, track: Track, now: float) -> None:
        """A further track, or another format of one."""

    def push(self, track_id: str, frame: Frame, now: float) -> None:
        """A frame of one of them."""


@dataclass(slots=True)
class Received:
    """Counters of a connection. `late`: frames whose stamp did not ascend; `damaged`: such as were no access units."""

    media_bytes: int = 0
    frames: int = 0
    late: int = 0
    damaged: int = 0


class EncoderTracks:
    """Fed with audio and video messages in the order of arrival.

    The tracks begin when all that the metadata promised are known, or WAIT_S after the first frame. A frame whose
    stamp is not after the one before it of its track comes one tick after that.
    """

    def __init__(self, sink: FrameSink) -> None:
        self.received = Received()
        self._sink = sink
        self.clock = EncoderClock()
        self._promises = Promises()
        self._tracks: dict[tuple[Kind, int], SourceTrack] = {}
        self._waiting: list[tuple[SourceTrack, Frame]] = []
        self._waiting_bytes = 0
        self._first_at: float | None = None
        self._has_begun = False

    def promised(self, promises: Promises) -> None:
        """What the encoder says of itself; holds for tracks that come after it."""
        self._promises = promises

    def video(self, payload: bytes, timestamp_ms: int, *, now: float) -> None:
        """A video message. Raises RtmpError."""
        self._take(parse_video(payload), payload, timestamp_ms, now)

    def audio(self, payload: bytes, timestamp_ms: int, *, now: float) -> None:
        """An audio message. Raises RtmpError."""
        self._take(parse_audio(payload), payload, timestamp_ms, now)

    def poll(self, *, now: float) -> None:
        """Begin with what there is, when the rest was waited for long enough."""
        if self._first_at is not None and not self._has_begun and now - self._first_at >= WAIT_S:
            self._begin(now)

    def _take(self, tags: list[MediaTag], payload: bytes, timestamp_ms: int, now: float) -> None:
        self.received.media_bytes += len(payload)
        for tag in tags:
            track = self._tracks.get((tag.kind, tag.track)) or self._new_track(tag)
            if tag.part == "config":
                self._configure(track, tag, now)
            elif tag.part == "frame" and tag.data:
                self._frame(track, tag, timestamp_ms, now)

    def _configure(self, track: SourceTrack, tag: MediaTag, now: float) -> None:
        try:
            is_new = track.configure(tag.codec, tag.data)
        except CodecError as error:
            raise RtmpError(f"the settings of the {tag.kind} cannot be used: {error}") from None
        if is_new and self._has_begun:
            self._tell(track, now)

    def _frame(self, track: SourceTrack, tag: MediaTag, timestamp_ms: int, now: float) -> None:
        stamp = self.clock.stamp(timestamp_ms, nanoseconds=tag.nanoseconds, now=now)
        try:
            frame = track.frame(tag, stamp)
        except CodecError:
            self.received.damaged += 1
            return
        if frame is None:
            return
        self.received.frames += 1
        self.received.late += track.was_late
        if self._has_begun:
            if track.told is not track.format:
                self._tell(track, now)
            self._sink.push(track.track_id, frame, now)
            return
        self._wait(track, frame, now)

    def _wait(self, track: SourceTrack, frame: Frame, now: float) -> None:
        self._waiting.append((track, frame))
        self._waiting_bytes += len(frame.data)
        if self._first_at is None:
            self._first_at = now
        known = {kind for (kind, _), found in self._tracks.items() if found.format is not None}
        is_complete = bool(self._promises.kinds) and self._promises.kinds <= known
        is_full = len(self._waiting) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES
        if is_complete or is_full or now - self._first_at >= WAIT_S:
            self._begin(now)

    def _begin(self, now: float) -> None:
        self._has_begun = True
        known = [self._named(track) for track in self._tracks.values() if track.format is not None]
        self._sink.begin(known, now)
        waiting, self._waiting = self._waiting, []
        for track, frame in waiting:
            self._sink.push(track.track_id, frame, now)

    def _tell(self, track: SourceTrack, now: float) -> None:
        """Of a track that is new or another than it was."""
        if track.format is not None and track.format != track.told:
            self._sink.put(self._named(track), now)

    def _named(self, track: SourceTrack) -> Track:
        if track.format is None:
            raise ValueError("a track without a format is not told of")
        track.told = track.format
        promised = self._promises.bitrate_bps(track.kind, track.number)
        return Track(track.track_id, track.kind, track.format, bitrate_bps=promised)

    def _new_track(self, tag: MediaTag) -> SourceTrack:
        if tag.track >= MAX_TRACKS:
            raise RtmpError(f"only {MAX_TRACKS} tracks of {tag.kind} are carried")
        track = VideoTrack(tag.track) if tag.kind == "video" else SoundTrack(tag.track)
        self._tracks[tag.kind, tag.track] = track
        return track
