"""Cuts one track's samples into parts and segments."""

from __future__ import annotations

from media_server.egress.hls.cmaf import AudioFormat, Sample, VideoFormat, fragment, initialization_segment
from media_server.egress.hls.media_playlist import MediaPlaylist, Part
from media_server.egress.hls.settings import MIN_PART_SHARE


class Segmenter:
    """Takes samples in decode order, each beginning where the one before ends, and fills a MediaPlaylist.

    Parts aim at `part_s`: a part closes when the next sample would bring it further from that than it is.
    """

    def __init__(self, playlist: MediaPlaylist, track: VideoFormat | AudioFormat) -> None:
        self.playlist = playlist
        self.track = track
        self.sequence_number = 0
        self._video = isinstance(track, VideoFormat)
        self._samples: list[Sample] = []
        self._length = 0
        self._announced = False

    def set_format(self, track: VideoFormat | AudioFormat) -> None:
        """The format of the samples from the next segment on, which must be started with the next sample."""
        self._announced = self._announced and track == self.track
        self.track = track

    @property
    def segment_duration_s(self) -> float:
        """How long the open segment is by now."""
        segment = self.playlist.open_segment
        return (segment.duration_s if segment else 0.0) + self._length / self.track.timescale

    @property
    def has_open_segment(self) -> bool:
        """Whether a sample may follow without a new segment."""
        return self.playlist.open_segment is not None

    def start_segment(self, *, discontinuity_sequence: int, program_date_time: float) -> None:
        """Ends the open segment; the next sample is the first of a new one."""
        self.end_segment()
        if not self._announced:
            self.playlist.set_initialization(initialization_segment(self.track))
            self._announced = True
        self.playlist.start_segment(discontinuity_sequence=discontinuity_sequence, program_date_time=program_date_time)

    def push(self, sample: Sample) -> None:
        """Adds a sample to the open segment; completes a part when it is long enough."""
        settings, timescale = self.playlist.settings, self.track.timescale
        target, aim = settings.part_target_s * timescale, settings.part_s * timescale
        if self._length >= MIN_PART_SHARE * target and self._length + sample.duration > target:
            self._end_part()
        self._samples.append(sample)
        self._length += sample.duration
        # The next sample will most likely last as long as this one; not to wait for it saves a frame of latency.
        if self._length >= MIN_PART_SHARE * target and self._length + sample.duration / 2 > aim:
            self._end_part()

    def end_segment(self) -> None:
        """Ends the open part and segment, if there are any."""
        self._end_part()
        self.playlist.end_segment()

    def _end_part(self) -> None:
        samples, length = self._samples, self._length
        if not samples:
            return
        self._samples, self._length = [], 0
        self.sequence_number += 1
        self.playlist.add_part(
            Part(
                duration_s=length / self.track.timescale,
                is_independent=any(sample.is_key for sample in samples),
                data=fragment(self.sequence_number, samples, video=self._video),
            )
        )
