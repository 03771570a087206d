"""Sender reports that keep lips in step, on simulated clocks."""

from __future__ import annotations

import random

import pytest

from media_server.rtp.ntp import ntp_from_unix, ntp_to_unix
from media_server.rtp.sender import PublisherClock, SenderReportClock

UNIX_AT_ZERO = 1_800_000_000.0
# What the publisher's wall clock is ahead of ours by.
AHEAD_S = 12_345.678
RATES = {"audio": 48_000, "video": 90_000}
BASES = {"audio": 4_294_900_000, "video": 123_456}


class Publisher:
    """Audio and video captured on one clock, each packet and report delayed by the network on its own."""

    def __init__(self) -> None:
        self.clock = PublisherClock(unix_at_zero=UNIX_AT_ZERO)
        self.tracks = {kind: SenderReportClock(self.clock, rate) for kind, rate in RATES.items()}
        self.ahead_s = AHEAD_S

    def timestamp(self, kind: str, captured: float) -> int:
        return (BASES[kind] + round(captured * RATES[kind])) & 0xFFFFFFFF

    def sends(self, kind: str, captured: float, delay_s: float) -> None:
        self.tracks[kind].receive(self.timestamp(kind, captured), now=captured + delay_s)

    def reports(self, kind: str, captured: float, delay_s: float) -> None:
        ntp = ntp_from_unix(UNIX_AT_ZERO + captured + self.ahead_s)
        self.tracks[kind].sender_report(ntp, self.timestamp(kind, captured), now=captured + delay_s)

    def captured_at(self, kind: str, now: float) -> float:
        """When what a viewer is told belongs to `now` was captured."""
        pair = self.tracks[kind].pair(now=now)
        assert pair is not None
        behind = (self.timestamp(kind, now) - pair[1] + 0x80000000) % 2**32 - 0x80000000
        return now - behind / RATES[kind]

    def skew_s(self, now: float) -> float:
        return abs(self.captured_at("audio", now) - self.captured_at("video", now))


def test_nothing_is_said_before_the_first_packet() -> None:
    assert Publisher().tracks["audio"].pair(now=1.0) is None


def test_before_reports_the_quickest_packets_set_the_pace() -> None:
    publisher, rng = Publisher(), random.Random(1)  # noqa: S311
    for index in range(300):
        for kind in RATES:
            publisher.sends(kind, index * 0.02, 0.04 if index == 200 else 0.04 + rng.uniform(0.001, 0.05))
    assert publisher.skew_s(6.0) < 0.001


def test_reports_bring_lips_in_step_however_differently_the_tracks_are_delayed() -> None:
    publisher, rng = Publisher(), random.Random(2)  # noqa: S311
    for second in range(20):
        publisher.sends("audio", second, 0.02)
        publisher.sends("video", second, 0.3)
        publisher.reports("audio", second + 0.1, 0.02 + rng.uniform(0, 0.1))
        publisher.reports("video", second + 0.6, 0.02 + rng.uniform(0, 0.1))
        assert publisher.skew_s(second + 0.9) < 0.0005
    assert publisher.captured_at("video", 21.0) == pytest.approx(20.98, abs=0.03)


def test_the_ntp_side_is_our_own_clock() -> None:
    publisher = Publisher()
    publisher.reports("video", 3.0, 0.05)
    pair = publisher.tracks["video"].pair(now=7.25)
    assert pair is not None
    assert ntp_to_unix(pair[0]) == pytest.approx(UNIX_AT_ZERO + 7.25, abs=1e-5)


def test_time_passes_at_the_clock_rate_between_reports() -> None:
    publisher = Publisher()
    publisher.reports("audio", 3.0, 0.05)
    first, second = (publisher.tracks["audio"].pair(now=now) for now in (4.0, 5.5))
    assert first is not None
    assert second is not None
    assert (second[1] - first[1]) & 0xFFFFFFFF == 72_000


def test_setting_the_publishers_clock_leaves_lips_in_step_once_both_reported() -> None:
    publisher = Publisher()
    for second in range(5):
        for kind in RATES:
            publisher.sends(kind, second, 0.05)
            publisher.reports(kind, second, 0.05)
    publisher.ahead_s -= 3_600
    publisher.reports("audio", 6.0, 0.05)
    assert publisher.skew_s(6.1) < 0.001
    publisher.reports("video", 6.5, 0.05)
    assert publisher.skew_s(7.0) < 0.0005


def test_clocks_that_drift_apart_are_followed() -> None:
    publisher = Publisher()
    for second in range(600):
        publisher.ahead_s = AHEAD_S - second * 100e-6
        publisher.reports("audio", second, 0.03)
        publisher.reports("video", second, 0.03)
    assert publisher.captured_at("audio", 600.0) == pytest.approx(599.97, abs=0.005)
    assert publisher.skew_s(600.0) < 0.0005
