"""One track on its way into a producer."""

from __future__ import annotations

from typing import Final, Self

from media_server.codecs.errors import CodecError
from media_server.egress.rtp.outlet import Outlet
from media_server.egress.rtp.packetizer import Packetizer, packetizer_for
from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sender import PublisherClock, SenderReportClock

MAX_HELD: Final = 1500
MAX_HELD_BYTES: Final = 24 << 20
"""Of pictures since a key frame. A group that is longer is given up: who comes begins with the next."""
_REPORT_EVERY_S: Final = 0.25


class Line:
    """Frames of one track. Packets go on in their numbers, whatever becomes of the source."""

    def __init__(self, track: Track, outlet: Outlet, packetizer: Packetizer, clock: PublisherClock) -> None:
        self.outlet = outlet
        self.unreadable = 0
        self._track = track
        self._packetizer = packetizer
        self._source_clock = clock
        self._report_clock: SenderReportClock | None = None
        self._sequence_number = 0
        self._reported_at = float("-inf")
        self._reported_steps = 0
        self._held: list[tuple[Frame, float]] = []
        self._held_bytes = 0
        self._is_whole = False
        """Whether every picture since the last key frame was sent or is held."""
        outlet.on_wanted = self._catch_up

    @classmethod
    def of(cls, track: Track, outlet: Outlet, clock: PublisherClock) -> Self | None:
        """None for a track that has no form as RTP."""
        packetizer = _packetizer(track)
        return None if packetizer is None else cls(track, outlet, packetizer, clock)

    def go_on_as(self, track: Track) -> bool:
        """The same stream, perhaps with other parameter sets. False when it has no form as RTP any more."""
        if track.format != self._track.format:
            packetizer = _packetizer(track)
            if packetizer is None:
                return False
            # What is held was made for the parameter sets before.
            self._catch_up()
            self._packetizer = packetizer
        self._track = track
        return True

    def begin_anew(self, clock: PublisherClock) -> None:
        """What follows is on another clock."""
        self._source_clock = clock
        self._report_clock = None
        self._give_up()

    def take(self, frame: Frame, *, now: float) -> bool:
        """One frame, in order. Whether packets of it wait in the producer."""
        is_picture = self._track.kind == "video"
        if is_picture and frame.is_key:
            self._give_up()
            self._is_whole = True
        if self.outlet.is_wanted:
            return self._send(frame, now=now) if self._is_whole or not is_picture else False
        if is_picture and self._is_whole:
            self._hold(frame, now)
        return False

    def _hold(self, frame: Frame, now: float) -> None:
        self._held.append((frame, now))
        self._held_bytes += len(frame.data)
        if len(self._held) > MAX_HELD or self._held_bytes > MAX_HELD_BYTES:
            self._give_up()

    def _catch_up(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        for frame, came_at in held:
            self._send(frame, now=came_at)

    def _give_up(self) -> None:
        self._held, self._held_bytes, self._is_whole = [], 0, False

    def _send(self, frame: Frame, *, now: float) -> bool:
        try:
            payloads = self._packetizer.packetize(frame)
        except CodecError:
            self.unreadable += 1
            return False
        producer = self.outlet.producer
        timestamp = frame.pts * producer.clock_rate // CLOCK_RATE & 0xFFFFFFFF
        self._tell_time(frame, timestamp, now)
        last = len(payloads) - 1
        for position, payload in enumerate(payloads):
            marker = position == last and self._track.kind == "video"
            producer.receive(RtpPacket(0, self._sequence_number, timestamp, 0, marker, payload), now=now)
            self._sequence_number = self._sequence_number + 1 & 0xFFFF
        return bool(payloads)

    def _tell_time(self, frame: Frame, timestamp: int, now: float) -> None:
        producer = self.outlet.producer
        if self._report_clock is None:
            self._report_clock = SenderReportClock(self._source_clock, producer.clock_rate, tells_time=False)
            producer.source_replaced(self._report_clock)
            self._reported_at = float("-inf")
        if now - self._reported_at < _REPORT_EVERY_S and self._reported_steps == self._source_clock.steps:
            return
        self._report_clock.sender_report(ntp_from_unix(frame.pts / CLOCK_RATE), timestamp, now=now)
        self._reported_at, self._reported_steps = now, self._source_clock.steps


def _packetizer(track: Track) -> Packetizer | None:
    try:
        return packetizer_for(track.format)
    except CodecError:
        return None
