"""The pictures of one track as parts and segments."""

from __future__ import annotations

from typing import Final, NamedTuple

from media_server.egress.hls.cmaf import Sample
from media_server.egress.hls.cuts import Cuts
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.segmenter import Segmenter
from media_server.egress.hls.target_duration import TargetDuration
from media_server.egress.hls.timeline import Timeline
from media_server.hub.frames import CLOCK_RATE, Frame, Track

_USUAL_DURATION: Final = CLOCK_RATE // 30


class _Pending(NamedTuple):
    """A picture whose duration the next one will tell."""

    data: bytes
    decode_time: int
    composition_offset: int
    is_key: bool


class VideoRendition:
    """Segments begin with key frames, at the cuts of the reference: itself, when `is_reference`.

    Where no key frame comes before a segment is as long as it may be, it is cut without.
    """

    def __init__(self, playlist: MediaPlaylist, track: Track, *, target: TargetDuration, is_reference: bool) -> None:
        self.playlist = playlist
        self.track = track
        self.is_reference = is_reference
        self.frame_rate: float | None = None
        self._target = target
        self._segmenter = Segmenter(playlist, track)
        self._pending: _Pending | None = None
        self._last_duration = _USUAL_DURATION
        self._last_cut_s = float("-inf")
        self._pictures = 0

    @property
    def segment_duration_s(self) -> float:
        """How long the open segment is by now, without the newest picture."""
        return self._segmenter.segment_duration_s

    def interrupt(self) -> None:
        """What follows is of another epoch. The picture at hand lasts as long as the one before it."""
        self._push_pending(None)
        self._end_segment()
        self._last_cut_s = float("-inf")

    def push(self, frame: Frame, timeline: Timeline, cuts: Cuts) -> None:
        """Adds a picture. Of those before the first key frame, and out of order, nothing is made."""
        decode_time = frame.dts + timeline.offset
        pending = self._pending
        if pending is not None and decode_time <= pending.decode_time:
            return
        if pending is None and not (frame.is_key or self._segmenter.has_open_segment):
            return
        self._push_pending(decode_time)
        shown_s = (frame.pts + timeline.offset) / CLOCK_RATE
        length_s = self._segmenter.segment_duration_s
        changes = frame.is_key and self.track.format != self._segmenter.track.format
        must = length_s + self._last_duration / CLOCK_RATE > self._target.limit_s
        if self.playlist.open_segment is None or changes or must or self._is_cut(shown_s, length_s, frame, cuts):
            self._start_segment(frame, shown_s, timeline, cuts)
        if self.is_reference:
            cuts.reach(shown_s)
        self._pictures += 1
        self._pending = _Pending(frame.data, decode_time, frame.pts - frame.dts, frame.is_key)

    def _is_cut(self, shown_s: float, length_s: float, frame: Frame, cuts: Cuts) -> bool:
        if not self.is_reference:
            return cuts.follows(shown_s, last_cut_s=self._last_cut_s, is_key=frame.is_key)
        open_segment = self.playlist.open_segment
        # After a cut without a key frame the next one is welcome: players can join there.
        is_wanted = open_segment is not None and not open_segment.is_independent
        return frame.is_key and (is_wanted or cuts.is_due(length_s))

    def _start_segment(self, frame: Frame, shown_s: float, timeline: Timeline, cuts: Cuts) -> None:
        if self._segmenter.has_open_segment:
            self._end_segment()
        if self.is_reference:
            cuts.make(shown_s, is_forced=not frame.is_key)
            timeline.wall.anchor(shown_s)
        if frame.is_key:
            self._segmenter.set_track(self.track)
        self._last_cut_s = shown_s
        self._segmenter.start_segment(
            discontinuity_sequence=timeline.discontinuity_sequence,
            media_s=shown_s,
            program_date_time=timeline.wall.date_time(shown_s),
            is_independent=frame.is_key,
        )

    def _end_segment(self) -> None:
        if (length_s := self._segmenter.segment_duration_s) > 0:
            self.frame_rate = self._pictures / length_s
            if self.is_reference:
                self._target.fix(length_s)
        self._pictures = 0
        self._segmenter.end_segment()

    def _push_pending(self, following: int | None) -> None:
        """Adds the picture at hand, which lasts up to decode time `following`."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        duration = self._last_duration if following is None else following - pending.decode_time
        room = round((self._target.limit_s - self._segmenter.segment_duration_s) * CLOCK_RATE)
        # A source that paused for so long leaves a hole: no segment is longer than its target.
        lasts = min(duration, max(room, self._last_duration))
        self._segmenter.push(
            Sample(pending.data, pending.decode_time, lasts, pending.composition_offset, pending.is_key)
        )
        if lasts < duration:
            self._segmenter.end_part()
        else:
            self._last_duration = lasts
