"""Clocks: what arrives and what senders report place both tracks on one timeline."""

from __future__ import annotations

import pytest

from media_server.hub.rtp_clock import MediaTimeline, RtpClock


def test_the_least_delayed_packet_tells_the_time() -> None:
    clock = RtpClock(90_000)
    for index, delay in enumerate([0.08, 0.02, 0.3, 0.05]):
        assert clock.observe(9_000 * index, now=50 + 0.1 * index + delay)
    assert clock.arrival_offset_s == pytest.approx(50.02)


def test_a_sender_that_is_slow_is_followed_in_seconds() -> None:
    clock = RtpClock(48_000)
    for second in range(1000):
        clock.observe(round(48_000 * second * 0.9999), now=second)
    # The window is five to ten seconds long: what it lags behind is a millisecond.
    assert clock.arrival_offset_s == pytest.approx(1000 * 0.0001, abs=0.0015)


@pytest.mark.parametrize("jump_s", [-3600.0, -6.0, 6.0, 40_000.0])
def test_a_clock_that_jumps_is_known_anew(jump_s: float) -> None:
    clock = RtpClock(90_000)
    clock.observe(0, now=10)
    clock.report(ntp_s=1000, rtp_timestamp=0)
    assert not clock.observe(round(90_000 * (1 + jump_s)), now=11)
    assert clock.arrival_offset_s == pytest.approx(10 - jump_s)
    assert clock.reported_offset_s is None


def test_reports_are_read_over_the_wrap_of_timestamps() -> None:
    clock = RtpClock(90_000)
    clock.observe(0x1_0000_0000 + 45_000, now=10)
    clock.report(ntp_s=500.0, rtp_timestamp=0xFFFFFFFF - 44_999)
    assert clock.reported_offset_s == pytest.approx(500 - (0x1_0000_0000 - 45_000) / 90_000)


def timeline_with(audio_delay_s: float) -> tuple[MediaTimeline, RtpClock, RtpClock]:
    """Video and audio captured together; audio arrives so much later. Their timestamps have nothing in common."""
    video, audio = RtpClock(90_000), RtpClock(48_000)
    video.observe(1_000_000, now=20)
    audio.observe(77_000, now=20 + audio_delay_s)
    return MediaTimeline(video, first_timestamp=1_000_000, origin_s=10), video, audio


def test_until_reports_come_the_tracks_are_aligned_by_arrival() -> None:
    timeline, _, audio = timeline_with(0.03)
    assert 77_000 / 48_000 + timeline.offset_s(audio) == pytest.approx(10.03)


def test_with_reports_the_tracks_are_aligned_by_capture() -> None:
    timeline, video, audio = timeline_with(0.03)
    video.report(ntp_s=3_900_000_000.0, rtp_timestamp=1_000_000)
    audio.report(ntp_s=3_900_000_001.0, rtp_timestamp=77_000 + 48_000)
    assert 77_000 / 48_000 + timeline.offset_s(audio) == pytest.approx(10, abs=1e-5)


def test_reports_of_clocks_that_are_not_common_are_not_believed() -> None:
    timeline, video, audio = timeline_with(0.03)
    video.report(ntp_s=3_900_000_000.0, rtp_timestamp=1_000_000)
    audio.report(ntp_s=12.0, rtp_timestamp=77_000)
    assert 77_000 / 48_000 + timeline.offset_s(audio) == pytest.approx(10.03)


def test_the_reference_keeps_its_own_pace_whatever_is_reported() -> None:
    timeline, video, _ = timeline_with(0)
    video.report(ntp_s=1.0, rtp_timestamp=5)
    assert 1_090_000 / 90_000 + timeline.offset_s(video) == pytest.approx(11)
    assert timeline.monotonic_s(11) == pytest.approx(21)
