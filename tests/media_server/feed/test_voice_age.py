"""The age of a voice is known from the worker's reports, whatever its clock shows, and follows slowly."""

from __future__ import annotations

import pytest

from media_server.feed.voice_age import VoiceAge
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.rtcp import SenderReport

WORKER_CLOCK_AHEAD_S = 1_000.0


def reported(age: VoiceAge, timestamp: int, *, now: float) -> None:
    """The worker says that a voice recorded `now` has `timestamp`."""
    age.report(SenderReport(1, ntp_from_unix(now + WORKER_CLOCK_AHEAD_S), timestamp, 1, 1), now=now)


def test_nothing_is_known_before_a_report() -> None:
    age = VoiceAge()
    age.packet(0, now=5.0)
    assert age.seconds == 0.0


@pytest.mark.parametrize("first", [0, 0xFFFF_FFFF])
def test_a_packet_is_as_old_as_its_first_sample(first: int) -> None:
    age = VoiceAge()
    reported(age, first, now=10.0)
    age.packet((first + 4_800) & 0xFFFFFFFF, now=10.12)
    assert age.seconds == pytest.approx(0.02, abs=1e-4)


def test_it_follows_slowly_and_leaves_out_what_cannot_be() -> None:
    age = VoiceAge()
    reported(age, 0, now=10.0)
    age.packet(0, now=10.02)
    age.packet(960, now=10.10)
    assert 0.02 < age.seconds < 0.025
    before = age.seconds
    age.packet(480_000, now=10.2)
    age.packet(0, now=20.0)
    assert age.seconds == before
