"""The video and audio of one publisher, or of one and those who take over from him, on one timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media_server.egress.hls.audio import AudioTrack
from media_server.egress.hls.background import Background
from media_server.egress.hls.clock import CLOCK_JUMP_S, Kind, MediaTimeline
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.settings import HlsSettings
from media_server.egress.hls.video import VideoTrack
from media_server.hub.frames import CLOCK_RATE
from media_server.rtp.assembly import AccessUnit
from media_server.rtp.packet import RtpPacket

_ORIGIN_S: Final = 10.0
"""Media time of the first sample ever: audio that began a little earlier must not become negative."""


class Renditions:
    """Tracks that are played together, from the first playlist to ENDLIST.

    Video, where there is one, is the reference of media time. An interruption, or a clock that jumps, starts the
    timeline anew behind a discontinuity, at the same time in all renditions (RFC 8216bis §6.2.4).
    """

    def __init__(
        self,
        *,
        video: MediaPlaylist | None,
        audio: MediaPlaylist | None,
        settings: HlsSettings,
        request_keyframe: Callable[[], None],
        background: Background,
        wall_offset_s: float,
        now: float,
    ) -> None:
        self._wall_offset_s = wall_offset_s
        self._started_at = now
        self._discontinuities = 0
        self._timeline: MediaTimeline | None = None
        self._ended = False
        self._latest_s = _ORIGIN_S
        self.video = (
            VideoTrack(video, settings=settings, request_keyframe=request_keyframe) if video is not None else None
        )
        self.audio = (
            AudioTrack(audio, settings=settings, background=background, date_time=self._date_time)
            if audio is not None
            else None
        )
        self.playlists = tuple(playlist for playlist in (video, audio) if playlist is not None)

    @property
    def playable(self) -> bool:
        """Whether every rendition has a segment to start with."""
        return all(playlist.has_segment for playlist in self.playlists)

    def receive(self, kind: Kind, packet: RtpPacket, *, now: float) -> None:
        """One RTP packet in arrival order; ignored after the end."""
        if self._ended:
            return
        if kind == "video" and self.video is not None:
            for unit in self.video.receive(packet, now=now):
                self._picture(self.video, unit, now=now)
        elif kind == "audio" and self.audio is not None:
            for timestamp, payload in self.audio.receive(packet, now=now):
                self._sound(self.audio, timestamp, payload, now=now)

    def sender_report(self, kind: Kind, *, ntp_s: float, rtp_timestamp: int) -> None:
        """A sender report of one track."""
        track = self.video if kind == "video" else self.audio
        if track is not None:
            track.clock.report(ntp_s=ntp_s, rtp_timestamp=rtp_timestamp)

    def poll(self, *, now: float) -> None:
        """Gives up what was waited for long enough; sends audio to its worker."""
        if self.video is not None:
            for unit in self.video.poll(now=now):
                self._picture(self.video, unit, now=now)
        if self.audio is not None:
            for timestamp, payload in self.audio.poll(now=now):
                self._sound(self.audio, timestamp, payload, now=now)
            self.audio.flush()

    def interrupt(self) -> None:
        """What follows comes after a discontinuity."""
        if self._timeline is not None:
            self._discontinuities += 1
            self._timeline = None
        for track in (self.video, self.audio):
            if track is not None:
                track.reset()

    def end(self) -> None:
        """Nothing follows: the playlists get their ENDLIST."""
        self.interrupt()
        self._ended = True
        for playlist in self.playlists:
            playlist.end()

    def _picture(self, video: VideoTrack, unit: AccessUnit, *, now: float) -> None:
        steady = video.clock.observe(unit.timestamp, now=now)
        timeline = self._timeline
        if timeline is not None:
            media_s = unit.timestamp / CLOCK_RATE + timeline.offset_s(video.clock)
            if not steady or media_s - self._latest_s > CLOCK_JUMP_S or video.is_endless:
                self.interrupt()
                return
        if timeline is None:
            if not unit.is_key:
                return
            timeline = self._start(video, unit.timestamp, now=now)
            if self.audio is not None:
                self._start_audio(self.audio, timeline, follows_video=True)
        media_time = round(unit.timestamp + timeline.offset_s(video.clock) * CLOCK_RATE)
        self._latest_s = max(self._latest_s, media_time / CLOCK_RATE)
        starts = video.push(
            unit,
            media_time=media_time,
            discontinuity_sequence=self._discontinuities,
            date_time=self._date_time,
        )
        if self.audio is not None:
            if starts:
                self.audio.cut_at(media_time / CLOCK_RATE)
            self.audio.keep_up(self._latest_s)

    def _sound(self, audio: AudioTrack, timestamp: int, payload: bytes, *, now: float) -> None:
        steady = audio.clock.observe(timestamp, now=now)
        if self.video is None:
            timeline = self._timeline
            if timeline is not None:
                media_s = timestamp / audio.clock.rate + timeline.offset_s(audio.clock)
                if not steady or media_s - self._latest_s > CLOCK_JUMP_S:
                    self.interrupt()
                    return
            else:
                timeline = self._start(audio, timestamp, now=now)
                self._start_audio(audio, timeline, follows_video=False)
            self._latest_s = max(self._latest_s, timestamp / audio.clock.rate + timeline.offset_s(audio.clock))
        audio.push(timestamp, payload, latest_s=self._latest_s)

    def _start(self, track: VideoTrack | AudioTrack, timestamp: int, *, now: float) -> MediaTimeline:
        """Begins an epoch: media time goes on where the time on the wall has come to, behind all that was before."""
        self._latest_s = max(self._latest_s + 0.5, _ORIGIN_S + now - self._started_at)
        self._timeline = MediaTimeline(track.clock, first_timestamp=timestamp, origin_s=self._latest_s)
        return self._timeline

    def _start_audio(self, audio: AudioTrack, timeline: MediaTimeline, *, follows_video: bool) -> None:
        audio.start(
            timeline,
            start_s=self._latest_s,
            discontinuity_sequence=self._discontinuities,
            follows_video=follows_video,
        )

    def _date_time(self, media_s: float) -> float:
        """Unix time of a media time."""
        timeline = self._timeline
        monotonic_s = timeline.monotonic_s(media_s) if timeline else self._started_at + media_s - _ORIGIN_S
        return monotonic_s + self._wall_offset_s
