"""Cuts one track's samples into parts and segments."""

from __future__ import annotations

from media_server.egress.hls.cmaf import Sample, fragment
from media_server.egress.hls.events import Part
from media_server.egress.hls.initialization import initialization_segment, timescale
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.settings import MIN_PART_SHARE
from media_server.hub.frames import Track


class Segmenter:
    """Takes samples in decode order and fills a MediaPlaylist.

    Parts aim at `part_s`: a part closes when the next sample would bring it further from that than it is. In a part
    each sample begins where the one before ends.
    """

    def __init__(self, playlist: MediaPlaylist, track: Track) -> None:
        self.playlist = playlist
        self.track = track
        self.sequence_number = 0
        self._set_timescale(timescale(track.format))
        self._samples: list[Sample] = []
        self._length = 0
        self.segment_duration_s = 0.0
        """How long the open segment is by now."""
        self._parts_s = 0.0
        self._announced = False

    def set_track(self, track: Track) -> None:
        """What the samples from the next segment on are of, which must be started with the next sample."""
        self._announced = self._announced and track.format == self.track.format
        self.track = track

    @property
    def has_open_segment(self) -> bool:
        """Whether a sample may follow without a new segment."""
        return self.playlist.open_segment is not None

    def start_segment(
        self, *, discontinuity_sequence: int, media_s: float, program_date_time: float, is_independent: bool = True
    ) -> None:
        """Ends the open segment; the next sample is the first of a new one."""
        self.end_segment()
        if not self._announced:
            self._set_timescale(timescale(self.track.format))
            self.playlist.set_initialization(initialization_segment(self.track.format), self.track)
            self._announced = True
        self.playlist.start_segment(
            discontinuity_sequence=discontinuity_sequence,
            media_s=media_s,
            program_date_time=program_date_time,
            is_independent=is_independent,
        )

    def push(self, sample: Sample) -> None:
        """Adds a sample to the open segment; completes a part when it is long enough."""
        duration = sample.duration
        if self._length >= self._least and self._length + duration > self._target:
            self.end_part()
        self._samples.append(sample)
        self._length += duration
        self.segment_duration_s = self._parts_s + self._length / self._timescale
        # The next sample will most likely last as long as this one; not to wait for it saves a frame of latency.
        if self._length >= self._least and self._length + duration / 2 > self._aim:
            self.end_part()

    def _set_timescale(self, units_per_s: int) -> None:
        settings = self.playlist.settings
        self._timescale = units_per_s
        self._aim, self._target = settings.part_s * units_per_s, settings.part_target_s * units_per_s
        self._least = MIN_PART_SHARE * self._target

    def end_segment(self) -> None:
        """Ends the open part and segment, if there are any."""
        self.end_part()
        self.playlist.end_segment()
        self.segment_duration_s = self._parts_s = 0.0

    def end_part(self) -> None:
        """Ends the open part, if there is one: the next sample does not begin where the last one ended."""
        samples, length = self._samples, self._length
        if not samples:
            return
        self._samples, self._length = [], 0
        self.sequence_number += 1
        duration_s = length / self._timescale
        self._parts_s += duration_s
        self.playlist.add_part(
            Part(
                duration_s,
                any(sample.is_key for sample in samples),
                *fragment(self.sequence_number, samples, video=self.track.kind == "video"),
            )
        )
