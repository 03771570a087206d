"""A room's Opus: what comes as AAC or MP3, made for viewers over WebRTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.hub.hub import Hub
from media_server.transcode.sound_work import SoundPacket, ToOpusWork
from media_server.transcode.sounds import MAX_SUSPICIONS, Line, Sounds
from media_server.transcode.to_opus import CHANNELS, SAMPLE_RATE

_MAX_WAITING: Final = 128
"""Packets, about three seconds. When full they are dropped, and what follows is behind a gap: the machine is too busy
to keep up, and older sound would be later still."""

_log = structlog.get_logger(__name__)


class SoundConversion:
    """A hub listener that makes `track_id` of the source track `source_id`, from its making until `close`."""

    def __init__(
        self, hub: Hub, source_id: str, track_id: str, *, sounds: Sounds, bitrate_bps: int, now: float
    ) -> None:
        self.source_id = source_id
        self.dropped = 0
        self._hub = hub
        self._track_id = track_id
        self._sounds = sounds
        self._bitrate_bps = bitrate_bps
        self._format: TrackFormat | None = None
        self._line: Line | None = None
        self._suspicions = 0
        self._waiting: list[SoundPacket] = []
        self._now = now
        hub.listen(self, now=now)

    def close(self, *, now: float) -> None:
        """The track is gone."""
        self._begin_anew()
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
        self._waiting.append(SoundPacket(frame.pts, frame.data))
        self._now = now
        self._start()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what follows has another clock."""
        self._begin_anew()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._waiting.clear()

    def _begin_anew(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None
        self._suspicions = 0
        self._waiting.clear()

    def _start(self) -> None:
        if not self._waiting or self._format is None or self._suspicions >= MAX_SUSPICIONS:
            return
        if self._line is None:
            work = ToOpusWork(self._format, self._bitrate_bps)
            self._line = self._sounds.begin(work, made=self._made, lost=self._lost)
        if not self._line.is_busy:
            packets, self._waiting = self._waiting, []
            self._line.convert(packets)

    def _made(self, packets: Sequence[SoundPacket], head: bytes) -> None:
        if packets:
            track_format = TrackFormat("opus", head, sample_rate=SAMPLE_RATE, channels=CHANNELS)
            track = Track(self._track_id, "audio", track_format, "derived", bitrate_bps=self._bitrate_bps)
            if self._hub.track(self._track_id) != track:
                self._hub.put(track, now=self._now)
            for packet in packets:
                self._hub.push(self._track_id, Frame(packet.at, packet.at, True, packet.data), now=self._now)
        self._start()

    def _lost(self, *, is_suspect: bool) -> None:
        # The next frame begins another line.
        self._line = None
        self._waiting.clear()
        self._suspicions += is_suspect
