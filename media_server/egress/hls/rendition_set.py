"""The renditions that are played together, from the first playlist to ENDLIST, on one timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from media_server.egress.hls.audio_rendition import AudioRendition
from media_server.egress.hls.cuts import Cuts
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.offered import rendition_name
from media_server.egress.hls.settings import HlsSettings
from media_server.egress.hls.target_duration import TargetDuration
from media_server.egress.hls.timeline import Timeline
from media_server.egress.hls.video_rendition import VideoRendition
from media_server.egress.hls.wall_clock import WallClock
from media_server.hub.frames import CLOCK_RATE, Frame, Track

Rendition = VideoRendition | AudioRendition
MakePlaylist = Callable[[str, TargetDuration, float], MediaPlaylist]

MAX_REORDER_S: Final = 5.0
"""A picture that is shown further from where it is decoded is nonsense, and left out."""
MAX_AHEAD_S: Final = 5.0
"""So is what is further ahead of the reference, or lies before the first media time."""
MAX_JUMP_S: Final = 10.0
"""Where the times of the reference itself jump by more, another epoch begins."""
_ORIGIN_S: Final = 10.0
"""Media time of the first sample ever: sound that began a little earlier must not become negative."""


class RenditionSet:
    """As fixed as the multivariant playlist that players have read: kinds and codecs stay, qualities come and go.

    The reference is the first source's picture, or the sound where there is none. Each epoch starts the timeline anew
    behind a discontinuity, at the same time in all renditions (RFC 8216bis §6.2.4).
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        *,
        generation: int,
        settings: HlsSettings,
        make_playlist: MakePlaylist,
        wall_offset_s: float,
        now: float,
    ) -> None:
        self.generation = generation
        self.renditions: dict[str, Rendition] = {}
        self.is_over = False
        self._settings = settings
        self._make_playlist = make_playlist
        self._wall_offset_s = wall_offset_s
        self._started_at = now
        self._target = TargetDuration(settings)
        self._cuts = Cuts(settings)
        self._timeline: Timeline | None = None
        self._discontinuities = 0
        self._latest_s = _ORIGIN_S
        self._absent_since: dict[str, float] = {}
        pictures = [track for track in tracks if track.kind == "video"]
        first = next((track for track in pictures if track.origin == "source"), (pictures or tracks)[0])
        self._reference_id = first.track_id
        self.take(tracks, now=now)

    @property
    def reference(self) -> Rendition:
        """The rendition that the others follow."""
        return self.renditions[self._reference_id]

    @property
    def pictures(self) -> list[VideoRendition]:
        """The renditions of pictures: those that everybody can play first, and of them the reference."""
        found = [each for each in self.renditions.values() if isinstance(each, VideoRendition)]
        return sorted(found, key=lambda each: (each.track.format.codec != "h264", not each.is_reference))

    @property
    def sounds(self) -> list[AudioRendition]:
        """The renditions of sound, the one that everybody can play first."""
        found = [each for each in self.renditions.values() if isinstance(each, AudioRendition)]
        return sorted(found, key=lambda each: each.track.format.codec == "opus")

    @property
    def playlists(self) -> list[MediaPlaylist]:
        """Of all renditions."""
        return [each.playlist for each in self.pictures] + [each.playlist for each in self.sounds]

    @property
    def playable(self) -> bool:
        """Whether there is a segment to start with, of sound too where there is any."""
        sounds = self.sounds
        return self.reference.playlist.has_segment and (not sounds or sounds[0].playlist.has_segment)

    @property
    def wants_keyframe(self) -> bool:
        """Whether the open segment is as long as is wanted."""
        reference = self.reference
        return isinstance(reference, VideoRendition) and reference.segment_duration_s >= self._cuts.wanted_s

    @property
    def cut_count(self) -> int:
        """How many segments the reference has begun in this epoch."""
        return self._cuts.count

    def may_take(self, tracks: Sequence[Track]) -> bool:
        """Whether `tracks` can go on in this set: else players have to read a new multivariant playlist.

        Sound that is gone becomes silence beside a picture. Sound that comes, pictures that come or go, another codec
        of pictures and another format of sound need a new set.
        """
        offered = {track.track_id: track for track in tracks}
        if self.is_over or bool(self.pictures) != any(track.kind == "video" for track in tracks):
            return False
        if self._reference_id not in offered or (not self.sounds and any(track.kind == "audio" for track in tracks)):
            return False
        return all(
            _is_alike(rendition.track, offered[track_id])
            for track_id, rendition in self.renditions.items()
            if track_id in offered
        )

    def take(self, tracks: Sequence[Track], *, now: float) -> None:
        """What there is from here on. A track of a picture that is gone keeps its playlist for a while."""
        offered = {track.track_id: track for track in tracks}
        for track_id, track in offered.items():
            self._absent_since.pop(track_id, None)
            rendition = self.renditions.get(track_id)
            if rendition is None:
                self.renditions[track_id] = self._make(track, now)
            else:
                rendition.track = track
        for track_id, rendition in self.renditions.items():
            if track_id not in offered and isinstance(rendition, VideoRendition):
                self._absent_since.setdefault(track_id, now)

    def push(self, track: Track, frame: Frame, *, now: float) -> None:
        """One frame; of a track that is not offered nothing is made."""
        rendition = self.renditions.get(track.track_id)
        if rendition is None or self.is_over:
            return
        if abs(frame.pts - frame.dts) > MAX_REORDER_S * CLOCK_RATE:
            return
        timeline = self._timeline
        if timeline is not None:
            ahead_s = (frame.pts + timeline.offset) / CLOCK_RATE - self._latest_s
            if not rendition.is_reference and (ahead_s > MAX_AHEAD_S or frame.dts + timeline.offset < 0):
                return
            if rendition.is_reference and abs(ahead_s) > MAX_JUMP_S:
                self.interrupt()
                timeline = None
        if timeline is None:
            may_start = frame.is_key if isinstance(rendition, VideoRendition) else rendition.is_reference
            if not may_start:
                return
            timeline = self._begin(frame, now)
        if rendition.is_reference:
            timeline.wall.observe(frame.dts + timeline.offset, now=now)
            self._latest_s = max(self._latest_s, (frame.pts + timeline.offset) / CLOCK_RATE)
        rendition.push(frame, timeline, self._cuts)
        if rendition.is_reference and isinstance(rendition, VideoRendition):
            for sound in self.renditions.values():
                if isinstance(sound, AudioRendition):
                    sound.keep_up(self._latest_s, timeline, self._cuts)

    def interrupt(self) -> None:
        """What follows, if anything, comes after a discontinuity."""
        if self._timeline is not None:
            self._discontinuities += 1
            self._timeline = None
        for rendition in self.renditions.values():
            rendition.interrupt()
        self._cuts = Cuts(self._settings)

    def end(self) -> None:
        """Nothing follows: the playlists get their ENDLIST."""
        self.interrupt()
        self.is_over = True
        for playlist in self.playlists:
            playlist.end()

    def drop_absent(self, *, now: float) -> None:
        """Takes away the renditions whose tracks have been gone for too long: players change to another."""
        for track_id, since in tuple(self._absent_since.items()):
            if now - since >= self._settings.absence_s:
                del self._absent_since[track_id]
                rendition = self.renditions.pop(track_id)
                rendition.interrupt()
                rendition.playlist.withdraw()

    def _make(self, track: Track, now: float) -> Rendition:
        playlist = self._make_playlist(rendition_name(track, self.generation), self._target, now)
        is_reference = track.track_id == self._reference_id
        if track.kind == "video":
            return VideoRendition(playlist, track, target=self._target, is_reference=is_reference)
        return AudioRendition(playlist, track, target=self._target, is_reference=is_reference)

    def _begin(self, frame: Frame, now: float) -> Timeline:
        """Begins an epoch: media time goes on where the time on the wall has come to, behind all that was before."""
        self._latest_s = max(self._latest_s + 0.5, _ORIGIN_S + now - self._started_at)
        offset = round(self._latest_s * CLOCK_RATE) - frame.pts
        wall = WallClock(CLOCK_RATE, wall_offset_s=self._wall_offset_s)
        wall.observe(frame.dts + offset, now=now)
        wall.anchor(self._latest_s)
        self._timeline = Timeline(offset, self._latest_s, self._discontinuities, wall)
        return self._timeline


def _is_alike(one: Track, other: Track) -> bool:
    """Whether a player can go from one to the other behind a new initialization segment: of the same picture codec."""
    return one.format.codec == other.format.codec and (one.kind == "video" or one.format == other.format)
