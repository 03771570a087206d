"""Sender reports for viewers that keep the publisher's audio and video in step (RFC 3550 §6.4.1)."""

from __future__ import annotations

from collections import deque

from media_server.rtp.ntp import ntp_from_unix, ntp_to_unix
from media_server.rtp.sequence import Unwrapper, timestamp_unwrapper

# Long enough to meet a packet that did not queue, short enough to follow clocks that drift apart.
OFFSET_WINDOW_S = 30.0
_MAX_SAMPLES = 64
# Further from the filter than any queue: the publisher's clock was set.
STEP_S = 1.0


class PublisherClock:
    """How far the publisher's wall clock is from our monotonic one; shared by all tracks of a publisher.

    Each report gives offset plus transit time, so the least over OFFSET_WINDOW_S is the best (RFC 5905 §10).
    `unix_at_zero` is the Unix time at which `now` was zero: our own NTP clock, the same for all viewers.
    """

    def __init__(self, *, unix_at_zero: float) -> None:
        self._unix_at_zero = unix_at_zero
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MAX_SAMPLES)
        self._offset_s: float | None = None
        self.steps = 0

    def ntp(self, now: float) -> int:
        """Our NTP time (64 bits) at `now`."""
        return ntp_from_unix(self._unix_at_zero + now)

    def observe(self, ntp_timestamp: int, *, now: float) -> None:
        """A sender report of any track came. A step of the publisher's clock begins afresh and counts in `steps`."""
        sample = now - ntp_to_unix(ntp_timestamp)
        if self._offset_s is not None and abs(sample - self._offset_s) > STEP_S:
            self._samples.clear()
            self.steps += 1
        while self._samples and now - self._samples[0][0] > OFFSET_WINDOW_S:
            self._samples.popleft()
        self._samples.append((now, sample))
        self._offset_s = min(offset for _, offset in self._samples)

    def local_time(self, ntp_timestamp: int) -> float | None:
        """The `now` at which the publisher's clock showed `ntp_timestamp`; None before any report."""
        return None if self._offset_s is None else ntp_to_unix(ntp_timestamp) + self._offset_s


class SenderReportClock:
    """Which RTP timestamp of one track belongs to which instant, for the reports that viewers get."""

    def __init__(self, publisher: PublisherClock, clock_rate: int, *, tells_time: bool = True) -> None:
        """`tells_time`: the reports of this track name the time at which they are sent, as RFC 3550 has it."""
        self._publisher = publisher
        self._tells_time = tells_time
        self._clock_rate = clock_rate
        self._report: tuple[int, int] | None = None
        self._report_steps = 0
        self._timestamps: Unwrapper = timestamp_unwrapper()
        self._transit_s: float | None = None

    def receive(self, timestamp: int, *, now: float) -> None:
        """A packet arrived: its least transit time stands in until the first sender report."""
        transit_s = now - self._timestamps.unwrap(timestamp) / self._clock_rate
        if self._transit_s is None or transit_s < self._transit_s or transit_s - self._transit_s > STEP_S:
            self._transit_s = transit_s

    def sender_report(self, ntp_timestamp: int, rtp_timestamp: int, *, now: float) -> None:
        """The publisher reported on this track."""
        if self._tells_time:
            self._publisher.observe(ntp_timestamp, now=now)
        self._report = (ntp_timestamp, rtp_timestamp)
        self._report_steps = self._publisher.steps

    @property
    def is_told(self) -> bool:
        """Whether a report of the publisher says what time its packets are of."""
        return self._report is not None and self._report_steps == self._publisher.steps

    def arriving(self, *, now: float) -> int | None:
        """The RTP timestamp of a packet that arrives at `now`, by the least transit time; None before the first."""
        return None if self._transit_s is None else round((now - self._transit_s) * self._clock_rate)

    def pair(self, *, now: float) -> tuple[int, int] | None:
        """(64-bit NTP time by our clock, 32-bit RTP timestamp) of the instant `now`; None before the first packet.

        The timestamp is on the publisher's line: add what the viewer's leg adds to its packets.
        """
        timestamp = self._timestamp_at(now)
        return None if timestamp is None else (self._publisher.ntp(now), timestamp & 0xFFFFFFFF)

    def _timestamp_at(self, now: float) -> int | None:
        # A report from before the publisher's clock was set cannot be compared with the offset after it.
        if self._report is not None and self.is_told:
            ntp_timestamp, rtp_timestamp = self._report
            reported_at = self._publisher.local_time(ntp_timestamp)
            if reported_at is not None:
                return rtp_timestamp + round((now - reported_at) * self._clock_rate)
        return self.arriving(now=now)
