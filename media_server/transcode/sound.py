"""A room's Opus: what comes as AAC or MP3, made for viewers over WebRTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.hub.hub import Hub
from media_server.transcode.background import Background
from media_server.transcode.to_opus import CHANNELS, SAMPLE_RATE, ToOpus

_MAX_WAITING: Final = 128
"""Packets, about three seconds. When full they are dropped, and what follows is behind a gap: the thread is too busy
to keep up, and older sound would be later still."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Made:
    head: bytes
    frames: list[Frame]


class SoundConversion:
    """A hub listener that makes `track_id` of the source track `source_id`, from its making until `close`."""

    def __init__(
        self, hub: Hub, source_id: str, track_id: str, *, background: Background, bitrate_bps: int, now: float
    ) -> None:
        self.source_id = source_id
        self.dropped = 0
        self._hub = hub
        self._track_id = track_id
        self._background = background
        self._bitrate_bps = bitrate_bps
        self._format: TrackFormat | None = None
        self._converter: ToOpus | None = None
        self._waiting: list[Frame] = []
        self._is_busy = False
        self._now = now
        self._is_closed = False
        hub.listen(self, now=now)

    def close(self, *, now: float) -> None:
        """The track is gone."""
        self._is_closed = True
        self._hub.unlisten(self)
        if not self._hub.is_over:
            self._hub.remove(self._track_id, now=now)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        source = next((track for track in tracks if track.track_id == self.source_id), None)
        track_format = source.format if source is not None else None
        if track_format != self._format:
            self._format = track_format
            self._begin_anew()

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if track.track_id != self.source_id:
            return
        if len(self._waiting) >= _MAX_WAITING:
            self.dropped += len(self._waiting)
            self._waiting.clear()
            _log.warning("sound was dropped: the machine is too busy", track_id=self._track_id, dropped=self.dropped)
        self._waiting.append(frame)
        self._now = now
        self._start()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what follows has another clock."""
        self._begin_anew()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._waiting.clear()

    def _begin_anew(self) -> None:
        self._converter = None
        self._waiting.clear()

    def _start(self) -> None:
        if self._is_busy or not self._waiting or self._format is None:
            return
        if self._converter is None:
            self._converter = ToOpus(self._format, bitrate_bps=self._bitrate_bps)
        converter, frames = self._converter, self._waiting
        self._waiting, self._is_busy = [], True
        self._background(lambda: _Made(converter.head, converter.run(frames)), lambda made: self._done(converter, made))

    def _done(self, converter: ToOpus, made: _Made) -> None:
        self._is_busy = False
        if self._is_closed:
            return
        if converter is self._converter and made.frames:
            track_format = TrackFormat("opus", made.head, sample_rate=SAMPLE_RATE, channels=CHANNELS)
            track = Track(self._track_id, "audio", track_format, "derived", bitrate_bps=self._bitrate_bps)
            if self._hub.track(self._track_id) != track:
                self._hub.put(track, now=self._now)
            for frame in made.frames:
                self._hub.push(self._track_id, frame, now=self._now)
        self._start()
