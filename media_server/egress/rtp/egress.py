"""Puts a hub's frames into producers, from which viewers are sent them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from media_server.codecs.errors import CodecError
from media_server.egress.rtp.packetizer import Packetizer, packetizer_for
from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.router.producer import Producer
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sender import PublisherClock, SenderReportClock

_REPORT_EVERY_S: Final = 0.25

Routes = Mapping[str, Producer]
"""Which track goes into which producer."""


@dataclass(slots=True)
class _Line:
    """One track on its way into a producer; `clock` is None until the first frame of an epoch."""

    track: Track
    producer: Producer
    packetizer: Packetizer
    clock: SenderReportClock | None = None
    sequence_number: int = 0
    reported_at: float = float("-inf")
    reported_steps: int = 0


class RtpEgress:
    """A hub listener. `route` says at each change of tracks which producers there are; `sent` that packets wait.

    Frames come at the pace of the stream and are not paced again. All tracks have one clock, which is told to the
    producers as sender reports would, so that viewers play picture and sound in step.
    """

    def __init__(
        self,
        *,
        unix_at_zero: float,
        route: Callable[[Sequence[Track], float], Routes],
        sent: Callable[[], None],
    ) -> None:
        self._unix_at_zero = unix_at_zero
        self._route = route
        self._sent = sent
        self._lines: dict[str, _Line] = {}
        self._clock = PublisherClock(unix_at_zero=unix_at_zero)
        self._observed_at = float("-inf")
        self.unreadable = 0
        """Frames that were not what their codec's are like."""

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        routes = self._route(tracks, now)
        before, self._lines = self._lines, {}
        for track in tracks:
            producer = routes.get(track.track_id)
            if producer is None:
                continue
            line = before.get(track.track_id)
            if line is None or line.producer is not producer:
                line = _new_line(track, producer)
            elif line.track.format != track.format:
                # Packets go on in their numbers: it is one stream whose parameter sets are other ones.
                changed = _new_line(track, producer)
                if changed is not None:
                    line.packetizer = changed.packetizer
                line = line if changed is not None else None
            if line is not None:
                line.track = track
                self._lines[track.track_id] = line

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if track.origin == "source" and now - self._observed_at >= _REPORT_EVERY_S:
            # What is derived is late by the time it takes to make it, and so says nothing about the source's clock.
            self._observed_at = now
            self._clock.observe(ntp_from_unix(frame.dts / CLOCK_RATE), now=now)
        line = self._lines.get(track.track_id)
        if line is None:
            return
        try:
            payloads = line.packetizer.packetize(frame)
        except CodecError:
            self.unreadable += 1
            return
        timestamp = frame.pts * line.producer.clock_rate // CLOCK_RATE & 0xFFFFFFFF
        self._tell_time(line, frame, timestamp, now)
        last = len(payloads) - 1
        for position, payload in enumerate(payloads):
            marker = position == last and track.kind == "video"
            line.producer.receive(RtpPacket(0, line.sequence_number, timestamp, 0, marker, payload), now=now)
            line.sequence_number = line.sequence_number + 1 & 0xFFFF
        if payloads:
            self._sent()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what follows has another clock."""
        self._clock = PublisherClock(unix_at_zero=self._unix_at_zero)
        self._observed_at = float("-inf")
        for line in self._lines.values():
            line.clock = None

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._lines.clear()

    def _tell_time(self, line: _Line, frame: Frame, timestamp: int, now: float) -> None:
        if line.clock is None:
            line.clock = SenderReportClock(self._clock, line.producer.clock_rate, tells_time=False)
            line.producer.source_replaced(line.clock)
            line.reported_at = float("-inf")
        if now - line.reported_at < _REPORT_EVERY_S and line.reported_steps == self._clock.steps:
            return
        line.clock.sender_report(ntp_from_unix(frame.pts / CLOCK_RATE), timestamp, now=now)
        line.reported_at, line.reported_steps = now, self._clock.steps


def _new_line(track: Track, producer: Producer) -> _Line | None:
    try:
        packetizer = packetizer_for(track.format)
    except CodecError:
        return None
    return None if packetizer is None else _Line(track, producer, packetizer)
