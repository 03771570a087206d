"""How old a voice is when its packet reaches the mixer: a packet is sent when it is full, and takes its way."""

from __future__ import annotations

from typing import Final

from media_server.feed.offer import CLOCK_RATE
from media_server.rtp.rtcp import SenderReport
from media_server.rtp.sender import PublisherClock
from media_server.rtp.sequence import timestamp_delta

_SHARE: Final = 1 / 32
"""Of each packet in the average, which so follows in about half a second."""
_LONGEST_S: Final = 0.5
"""What is older comes from a clock that is wrong, or is of no use to a mix."""


class VoiceAge:
    """By the worker's sender reports of the microphone, which are on the clock of the camera's picture."""

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._clock = PublisherClock(unix_at_zero=0.0)
        self._report: SenderReport | None = None

    @property
    def seconds(self) -> float:
        """The average; 0 while nothing is known."""
        return self._seconds or 0.0

    def report(self, report: SenderReport, *, now: float) -> None:
        """A sender report of the microphone came."""
        self._clock.observe(report.ntp_timestamp, now=now)
        self._report = report

    def packet(self, timestamp: int, *, now: float) -> None:
        """A packet whose first sample has `timestamp` came."""
        report = self._report
        if report is None:
            return
        reported_at = self._clock.local_time(report.ntp_timestamp)
        assert reported_at is not None
        age_s = now - reported_at - timestamp_delta(timestamp, report.rtp_timestamp) / CLOCK_RATE
        if not 0 <= age_s <= _LONGEST_S:
            return
        self._seconds = age_s if self._seconds is None else self._seconds + _SHARE * (age_s - self._seconds)
