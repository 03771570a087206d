"""LL-HLS of one room: what its publishers send, as playlists and parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media_server.egress.hls.background import Background
from media_server.egress.hls.clock import Kind
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.rendering import media_playlist, multivariant_playlist
from media_server.egress.hls.renditions import Renditions
from media_server.egress.hls.settings import HlsSettings
from media_server.rtp.packet import RtpPacket

_VIDEO_CODEC: Final = "h264"
_AUDIO_CODEC: Final = "opus"
_MIN_MEASURED_S: Final = 0.5
"""Shorter segments say nothing about a bit rate: a key frame is most of them."""


class HlsEgress:
    """Turns a room's RTP into LL-HLS. Fed and polled on the event loop; AAC is made wherever `encode_audio` does it.

    `request_keyframe` is called when a segment is due to end and when pictures were lost; whoever gets it merges and
    throttles. `wall_offset_s` is Unix time minus `now`.
    """

    def __init__(
        self,
        *,
        settings: HlsSettings,
        request_keyframe: Callable[[], None],
        encode_audio: Background,
        wall_offset_s: float,
    ) -> None:
        self.settings = settings
        self._request_keyframe = request_keyframe
        self._background = encode_audio
        self._wall_offset_s = wall_offset_s
        self._current: Renditions | None = None
        self._previous: Renditions | None = None
        self._sets = 0
        self._texts: dict[tuple[str, bool], str] = {}
        self._listeners: list[Callable[[], None]] = []

    def set_tracks(self, *, video_codec: str | None, audio_codec: str | None, now: float) -> None:
        """What a publisher who has just come sends; what he sends begins with a discontinuity.

        Renditions are as fixed as the multivariant playlist that players have read. Audio that is gone becomes silence.
        Where a kind comes, or video goes, the old playlists end and players who load the address again get new ones.
        """
        has_video = video_codec is not None and video_codec.lower() == _VIDEO_CODEC
        has_audio = audio_codec is not None and audio_codec.lower() == _AUDIO_CODEC
        if video_codec is not None and not has_video:
            has_audio = False
        current = self._current
        if current is not None:
            had_video, had_audio = current.video is not None, current.audio is not None
            if has_video == had_video and (has_audio == had_audio or (has_video and had_audio)):
                current.interrupt()
                return
            current.end()
            self._previous, self._current = current, None
        if has_video or has_audio:
            self._sets += 1
            self._current = Renditions(
                video=self._playlist("video", now) if has_video else None,
                audio=self._playlist("audio", now) if has_audio else None,
                settings=self.settings,
                request_keyframe=self._request_keyframe,
                background=self._background,
                wall_offset_s=self._wall_offset_s,
                now=now,
            )
        self._changed()

    def receive(self, kind: Kind, packet: RtpPacket, *, now: float) -> None:
        """One packet in arrival order; gaps, duplicates and late repairs are expected."""
        if self._current is not None:
            self._current.receive(kind, packet, now=now)

    def sender_report(self, kind: Kind, *, ntp_s: float, rtp_timestamp: int, now: float) -> None:
        """An RTCP sender report of the publisher: relates his tracks' clocks to each other."""
        if self._current is not None:
            self._current.sender_report(kind, ntp_s=ntp_s, rtp_timestamp=rtp_timestamp)

    def interrupt(self, *, now: float) -> None:
        """The publisher is lost. What comes next, if anything, starts behind a discontinuity."""
        if self._current is not None:
            self._current.interrupt()

    def end(self, *, now: float) -> None:
        """The stream is over; the playlists say so and stay as long as this object does."""
        if self._current is not None:
            self._current.end()

    def poll(self, *, now: float) -> None:
        """To be called each 50 ms."""
        if self._current is not None:
            self._current.poll(now=now)

    @property
    def available(self) -> bool:
        """Whether a player that asks now gets something to play."""
        return self._current is not None and self._current.playable

    @property
    def audio_dropped(self) -> int:
        """Opus packets that the present publisher's worker thread had no time for."""
        return self._current.audio.dropped if self._current is not None and self._current.audio is not None else 0

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls `listener` whenever any playlist has more to list or has ended."""
        self._listeners.append(listener)

    def playlist(self, name: str) -> MediaPlaylist | None:
        """The rendition of that name, of the present set or the one before."""
        for renditions in (self._current, self._previous):
            for playlist in renditions.playlists if renditions else ():
                if playlist.name == name:
                    return playlist
        return None

    def media_playlist(self, playlist: MediaPlaylist, *, skip: bool) -> str:
        """The text of a media playlist; rendered once a change, however many ask."""
        key = (playlist.name, skip)
        text = self._texts.get(key)
        if text is None:
            current = self._current
            group = current.playlists if current is not None and playlist in current.playlists else ()
            text = media_playlist(playlist, [other for other in group if other is not playlist], skip=skip)
            self._texts[key] = text
        return text

    def multivariant_playlist(self) -> str | None:
        """The text of the multivariant playlist; None while there is nothing to play."""
        current = self._current
        if current is None or not current.playable:
            return None
        video_format = current.video.format if current.video is not None else None
        if current.video is not None and video_format is None:
            return None
        audio = current.audio
        codecs = [track.codec for track in (video_format, audio.format if audio is not None else None) if track]
        rates = [_bit_rates(playlist) for playlist in current.playlists]
        return multivariant_playlist(
            variant=current.playlists[0],
            codecs=codecs,
            size=(video_format.width, video_format.height) if video_format else None,
            peak_bps=sum(peak for peak, _ in rates),
            average_bps=sum(average for _, average in rates),
            audio=audio.playlist if audio is not None and current.video is not None else None,
        )

    def _playlist(self, kind: Kind, now: float) -> MediaPlaylist:
        return MediaPlaylist(
            kind if self._sets == 1 else f"{kind}{self._sets}",
            settings=self.settings,
            # Segments last longer than a second on average: after a restart no number, and so no name, comes again.
            first_number=int(now + self._wall_offset_s),
            on_change=self._changed,
        )

    def _changed(self) -> None:
        self._texts.clear()
        for listener in self._listeners:
            listener()


def _bit_rates(playlist: MediaPlaylist) -> tuple[int, int]:
    """Peak and average bit rate of the listed segments in bit/s."""
    segments = playlist.listed()
    measured = [segment for segment in segments if segment.duration_s >= _MIN_MEASURED_S] or segments
    rates = [8 * segment.size / segment.duration_s for segment in measured]
    total_s = sum(segment.duration_s for segment in measured)
    return round(max(rates)), round(8 * sum(segment.size for segment in measured) / total_s)
