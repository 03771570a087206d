"""The audio rendition: Opus from RTP, AAC in parts, in step with media time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from media_server.egress.hls.background import Background
from media_server.egress.hls.clock import MediaTimeline, RtpClock
from media_server.egress.hls.cmaf import AudioFormat, Sample
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.opus_to_aac import (
    CHANNELS,
    FRAME_SAMPLES,
    SAMPLE_RATE,
    AacFrame,
    OpusPacket,
    OpusToAac,
    SilenceUntil,
    audio_specific_config,
)
from media_server.egress.hls.segmenter import Segmenter
from media_server.egress.hls.settings import HlsSettings
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reorder import InOrder, ReorderBuffer
from media_server.rtp.sequence import timestamp_unwrapper

QUEUE_LIMIT: Final = 250
"""Opus packets waiting for the worker thread, five seconds of them. When full the oldest goes and becomes silence."""
MAX_AHEAD_S: Final = 5.0
_PATIENCE_S: Final = 0.4
_MAX_PATIENCE_S: Final = 2.0
_SILENCE_BEHIND_S: Final = 0.25
_USUAL_PACKET_SAMPLES: Final = SAMPLE_RATE // 50


class AudioTrack:
    """One publisher's Opus as a playlist of AAC parts.

    With a video beside it, segments start where the video's do, and silence takes the place of audio that does not
    come, so that a muted microphone never holds up the picture.
    """

    def __init__(
        self,
        playlist: MediaPlaylist,
        *,
        settings: HlsSettings,
        background: Background,
        date_time: Callable[[float], float],
    ) -> None:
        self.playlist = playlist
        self.format = AudioFormat(audio_specific_config(settings.audio_bitrate_bps), SAMPLE_RATE, CHANNELS)
        self.dropped = 0
        self._settings = settings
        self._background = background
        self._date_time = date_time
        self._segmenter = Segmenter(playlist, self.format)
        self._epoch = 0
        self.reset()

    def reset(self) -> None:
        """The media that follows comes from another clock, or after an interruption."""
        self._segmenter.end_segment()
        self._epoch += 1
        self.clock = RtpClock(SAMPLE_RATE)
        self._unwrap = timestamp_unwrapper().unwrap
        self._reorder = ReorderBuffer(wait_s=self._settings.reorder_wait_s)
        self._timeline: MediaTimeline | None = None
        self._transcoder: OpusToAac | None = None
        self._busy = False
        self._queue: deque[OpusPacket | SilenceUntil] = deque()
        self._cuts: deque[int] = deque()
        self._edge = 0
        self._patience_s = _PATIENCE_S
        self._follows_video = False
        self._discontinuity_sequence = 0
        self._wanted_s = self._settings.first_segment_s

    def start(
        self, timeline: MediaTimeline, *, start_s: float, discontinuity_sequence: int, follows_video: bool
    ) -> None:
        """Audio begins at media time `start_s`; what is earlier is left out."""
        self._timeline = timeline
        self._discontinuity_sequence = discontinuity_sequence
        self._follows_video = follows_video
        self._edge = round(start_s * SAMPLE_RATE)
        self._transcoder = OpusToAac(start=self._edge, bitrate_bps=self._settings.audio_bitrate_bps)

    def receive(self, packet: RtpPacket, *, now: float) -> list[tuple[int, bytes]]:
        """The packets in order now, as unwrapped RTP timestamp and payload; `push` takes them."""
        return self._in_order(self._reorder.receive(packet, now=now))

    def poll(self, *, now: float) -> list[tuple[int, bytes]]:
        """Packets that nothing is waited for any longer, as `receive` gives them."""
        return self._in_order(self._reorder.poll(now=now))

    def push(self, timestamp: int, payload: bytes, *, latest_s: float) -> None:
        """Queues one packet for the worker thread. `latest_s` is the media time that the stream has come to."""
        timeline = self._timeline
        if timeline is None:
            return
        position = round(timestamp + timeline.offset_s(self.clock) * SAMPLE_RATE)
        if position > (latest_s + MAX_AHEAD_S) * SAMPLE_RATE:
            return
        if position + SAMPLE_RATE // 10 < self._edge:
            # Silence went out in its place: this network, or this sender, needs to be given more time.
            late_s = latest_s - position / SAMPLE_RATE
            self._patience_s = min(_MAX_PATIENCE_S, max(self._patience_s, late_s + 0.1))
        self._edge = max(self._edge, position + _USUAL_PACKET_SAMPLES)
        self._enqueue(OpusPacket(position, timestamp, payload))

    def keep_up(self, latest_s: float) -> None:
        """The video has come to `latest_s`: when audio is missing for too long, silence takes its place."""
        if latest_s - self._edge / SAMPLE_RATE > self._patience_s:
            position = round((latest_s - min(_SILENCE_BEHIND_S, self._patience_s / 2)) * SAMPLE_RATE)
            self._edge = position
            self._enqueue(SilenceUntil(position))

    def cut_at(self, media_s: float) -> None:
        """The video starts a segment at that media time."""
        self._cuts.append(round(media_s * SAMPLE_RATE))

    def flush(self) -> None:
        """Hands what is queued to the worker thread, unless it is still at work on what it got before."""
        transcoder, epoch = self._transcoder, self._epoch
        if transcoder is None or self._busy or not self._queue:
            return
        self._busy = True
        items = tuple(self._queue)
        self._queue.clear()
        self._background(lambda: transcoder.run(items), lambda frames: self._encoded(frames, epoch))

    def _enqueue(self, item: OpusPacket | SilenceUntil) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(item)

    def _in_order(self, released: list[InOrder]) -> list[tuple[int, bytes]]:
        return [(self._unwrap(item.packet.timestamp), item.packet.payload) for item in released if item.packet.payload]

    def _encoded(self, frames: list[AacFrame], epoch: int) -> None:
        if epoch != self._epoch:
            return
        self._busy = False
        for frame in frames:
            if self._starts_segment(frame.position):
                self._segmenter.start_segment(
                    discontinuity_sequence=self._discontinuity_sequence,
                    program_date_time=self._date_time(frame.position / SAMPLE_RATE),
                )
            self._segmenter.push(Sample(frame.data, frame.position, FRAME_SAMPLES))

    def _starts_segment(self, position: int) -> bool:
        due = False
        while self._cuts and self._cuts[0] <= position:
            self._cuts.popleft()
            due = True
        if not self._segmenter.has_open_segment:
            return True
        length_s = self._segmenter.segment_duration_s
        if self._follows_video:
            # A video that lost its key frame sends no cut: the segment must end all the same.
            return due or length_s >= self._settings.target_duration_s
        if length_s >= self._wanted_s:
            self._wanted_s = self._settings.segment_s
            return True
        return False
