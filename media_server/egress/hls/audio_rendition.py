"""The sound of one track as parts and segments, on an unbroken count of samples."""

from __future__ import annotations

from typing import Final

from media_server.codecs.aac import parse_audio_specific_config
from media_server.codecs.errors import CodecError
from media_server.codecs.mp3 import parse_mp3_header
from media_server.codecs.opus import packet_samples
from media_server.egress.hls.cmaf import Sample
from media_server.egress.hls.cuts import TOLERANCE_S, Cuts
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.segmenter import Segmenter
from media_server.egress.hls.silence import silence_of
from media_server.egress.hls.target_duration import TargetDuration
from media_server.egress.hls.timeline import Timeline
from media_server.hub.frames import CLOCK_RATE, Frame, Track

_PATIENCE_S: Final = 0.8
_MAX_PATIENCE_S: Final = 2.5
"""Longer than a decoder and encoder in between take, which fill in silence themselves."""
_SILENCE_BEHIND_S: Final = 0.25


class AudioRendition:
    """Beside a picture, segments begin where the picture's do; alone, it is the reference.

    Frames are stamped by counting their samples. Where they come a frame or more later than counted, silence takes the
    place of what is missing, and where earlier one is left out. So that a silent microphone does not hold up the
    picture, silence also comes when nothing has come for too long.
    """

    def __init__(self, playlist: MediaPlaylist, track: Track, *, target: TargetDuration, is_reference: bool) -> None:
        self.playlist = playlist
        self.track = track
        self.is_reference = is_reference
        self._target = target
        self._segmenter = Segmenter(playlist, track)
        self._rate = track.format.sample_rate
        self._silence = silence_of(track.format)
        self._frame_samples = _frame_samples(track)
        self._next: int | None = None
        self._last_cut_s = float("-inf")
        self._patience_s = _PATIENCE_S
        self._wanted_s = playlist.settings.first_segment_s

    def interrupt(self) -> None:
        """What follows is of another epoch."""
        self._end_segment()
        self._next = None
        self._last_cut_s = float("-inf")
        self._patience_s = _PATIENCE_S
        self._wanted_s = self.playlist.settings.first_segment_s

    def push(self, frame: Frame, timeline: Timeline, cuts: Cuts) -> None:
        """Adds a frame. One whose time has passed is left out, as is one that cannot be read."""
        try:
            samples = self._frame_samples or _samples(self.track, frame.data)
        except CodecError:
            return
        position = round((frame.dts + timeline.offset) * self._rate / CLOCK_RATE)
        count = self._next if self._next is not None else self._begin(position, timeline)
        if position + samples <= count:
            # Silence went out in its place: this source needs to be given more time.
            late_s = (count - position) / self._rate
            self._patience_s = min(_MAX_PATIENCE_S, max(self._patience_s, late_s + 0.1))
            return
        if position > count:
            self._fill(position, timeline, cuts)
            if self._next is not None and position - self._next >= samples:
                # There is no silence in this format: what is missing is a hole.
                self._segmenter.end_part()
                self._next = position
        self._add(frame.data, samples, timeline, cuts)

    def keep_up(self, latest_s: float, timeline: Timeline, cuts: Cuts) -> None:
        """The picture has come to `latest_s`: when sound is missing for too long, silence takes its place."""
        count = self._begin(round(timeline.start_s * self._rate), timeline)
        if latest_s - count / self._rate > self._patience_s:
            behind_s = min(_SILENCE_BEHIND_S, self._patience_s / 2)
            self._fill(round((latest_s - behind_s) * self._rate), timeline, cuts)

    def _begin(self, position: int, timeline: Timeline) -> int:
        """The count of samples; it begins where the timeline does, or at the first frame of a sound alone."""
        if self._next is None:
            self._next = position if self.is_reference else round(timeline.start_s * self._rate)
        return self._next

    def _fill(self, position: int, timeline: Timeline, cuts: Cuts) -> None:
        silence = self._silence
        while silence is not None and self._next is not None and position - self._next >= silence.samples:
            self._add(silence.data, silence.samples, timeline, cuts)

    def _add(self, data: bytes, samples: int, timeline: Timeline, cuts: Cuts) -> None:
        assert self._next is not None
        begins_s = self._next / self._rate
        if self._starts_segment(begins_s, samples, cuts):
            self._start_segment(begins_s, timeline, cuts)
        self._segmenter.push(Sample(data, self._next, samples))
        self._next += samples

    def _starts_segment(self, begins_s: float, samples: int, cuts: Cuts) -> bool:
        length_s = self._segmenter.segment_duration_s
        if self.playlist.open_segment is None or length_s + samples / self._rate > self._target.limit_s:
            return True
        if self.is_reference:
            return length_s >= self._wanted_s
        cut = cuts.first_after(self._last_cut_s)
        return cut is not None and begins_s >= cut.media_s

    def _start_segment(self, begins_s: float, timeline: Timeline, cuts: Cuts) -> None:
        if self._segmenter.has_open_segment:
            self._wanted_s = self.playlist.settings.segment_s
        self._end_segment()
        if self.is_reference:
            cuts.make(begins_s)
            timeline.wall.anchor(begins_s)
        self._last_cut_s = begins_s if self.is_reference else self._cut_at(begins_s, cuts)
        self._segmenter.start_segment(
            discontinuity_sequence=timeline.discontinuity_sequence,
            media_s=begins_s,
            program_date_time=timeline.wall.date_time(begins_s),
        )

    def _cut_at(self, begins_s: float, cuts: Cuts) -> float:
        """The newest cut that a segment which begins there follows: more than one may have passed in silence."""
        last = self._last_cut_s
        while (cut := cuts.first_after(last)) is not None and cut.media_s <= begins_s + TOLERANCE_S:
            last = cut.media_s
        return last

    def _end_segment(self) -> None:
        if self.is_reference and (length_s := self._segmenter.segment_duration_s) > 0:
            self._target.fix(length_s)
        self._segmenter.end_segment()


def _frame_samples(track: Track) -> int | None:
    """How many samples every frame has, if that is known beforehand."""
    return parse_audio_specific_config(track.format.config).frame_samples if track.format.codec == "aac" else None


def _samples(track: Track, data: bytes) -> int:
    return packet_samples(data) if track.format.codec == "opus" else parse_mp3_header(data).frame_samples
