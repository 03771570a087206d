"""Relates the RTP clocks of a publisher's tracks to each other, to media time and to the wall clock."""

from __future__ import annotations

from typing import Final

from media_server.rtp.sequence import timestamp_delta

CLOCK_JUMP_S: Final = 5.0
"""Media that is this much earlier or later than its clock promised comes from a clock that was set anew."""
_WINDOW_S: Final = 5.0
_REPORT_TOLERANCE_S: Final = 1.0
"""Sender reports that contradict the arrival of media by more come from clocks that are not common to the tracks."""


class RtpClock:
    """What one RTP timestamp means: to us, by when media arrives, and to the sender, by its reports (RFC 3550 §6.4.1).

    Arrival is delayed by the network, never early: the least delayed packet of the last seconds counts.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.reported_offset_s: float | None = None
        self._newest: int | None = None
        self._window_start = 0.0
        self._least = (float("inf"), float("inf"))

    def observe(self, timestamp: int, *, now: float) -> bool:
        """Notes the arrival of an unwrapped `timestamp`. False when the clock jumped: only this is known then."""
        offset = now - timestamp / self.rate
        steady = self._newest is None or abs(offset - min(self._least)) < CLOCK_JUMP_S
        if self._newest is None or not steady:
            self._least = (float("inf"), offset)
            self._window_start = now
            self.reported_offset_s = None
        elif now - self._window_start > _WINDOW_S:
            self._least = (self._least[1], offset)
            self._window_start = now
        elif offset < self._least[1]:
            self._least = (self._least[0], offset)
        self._newest = timestamp
        return steady

    def report(self, *, ntp_s: float, rtp_timestamp: int) -> None:
        """Notes a sender report; one that comes before any media says nothing, as its timestamp may have wrapped."""
        if self._newest is not None:
            timestamp = self._newest + timestamp_delta(rtp_timestamp, self._newest & 0xFFFFFFFF)
            self.reported_offset_s = ntp_s - timestamp / self.rate

    @property
    def arrival_offset_s(self) -> float:
        """Seconds to add to timestamp / rate for the monotonic time at which it arrives at the earliest."""
        return min(self._least)


class MediaTimeline:
    """Media time in seconds, common to both tracks. It runs on the clock of the `reference` track.

    The other track follows by sender reports, or, until both tracks have one, by arrival.
    """

    def __init__(self, reference: RtpClock, *, first_timestamp: int, origin_s: float) -> None:
        self._reference = reference
        self._offset_s = origin_s - first_timestamp / reference.rate

    def offset_s(self, clock: RtpClock) -> float:
        """Seconds to add to timestamp / rate of `clock` for media time."""
        if clock is self._reference:
            return self._offset_s
        reference = self._reference
        apart = clock.arrival_offset_s - reference.arrival_offset_s
        if clock.reported_offset_s is not None and reference.reported_offset_s is not None:
            reported = clock.reported_offset_s - reference.reported_offset_s
            if abs(reported - apart) < _REPORT_TOLERANCE_S:
                apart = reported
        return self._offset_s + apart

    def monotonic_s(self, media_s: float) -> float:
        """When media of that time arrived, or will, at the earliest."""
        return media_s - self._offset_s + self._reference.arrival_offset_s
