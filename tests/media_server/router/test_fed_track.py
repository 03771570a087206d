"""The buses of a mixer in their producers: over interruptions, and with reports that are set back."""

from __future__ import annotations

import pytest

from media_server.router.fed_track import FedTrack
from media_server.router.producer import Producer
from media_server.rtp.ntp import ntp_delta_s, ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.rtp.sender import PublisherClock

UNIX_AT_ZERO = 1_700_000_000.0
MIXER_AHEAD_S = 5.0
SET_BACK_S = 0.25


def packet(number: int, frame: int, ssrc: int = 1) -> RtpPacket:
    return RtpPacket(111, number, frame, ssrc, payload=b"\xfc")


def test_a_feed_that_resumes_keeps_its_time_and_leaves_no_gap_in_the_numbers() -> None:
    producer = Producer("audio", "opus", 48_000)
    track = FedTrack(1, producer, clock=PublisherClock(unix_at_zero=0.0), is_set_back=False)
    before = track.receive(packet(65_535, 1_000), now=0.0)
    track.resume()
    after = track.receive(packet(7, 1_000 + 48_000), now=1.3)
    assert before is not None
    assert after is not None
    assert (after.index - before.index, after.timestamp - before.timestamp) == (1, 48_000)


def test_another_mixer_goes_on_by_the_time_that_passed() -> None:
    producer = Producer("audio", "opus", 48_000)
    first = FedTrack(1, producer, clock=PublisherClock(unix_at_zero=0.0), is_set_back=False)
    before = first.receive(packet(9, 1_000), now=0.0)
    second = FedTrack(2, producer, clock=PublisherClock(unix_at_zero=0.0), is_set_back=False)
    after = second.receive(packet(500, 77, ssrc=2), now=0.5)
    third = second.receive(packet(501, 77 + 960, ssrc=2), now=0.52)
    assert before is not None
    assert after is not None
    assert third is not None
    assert (after.index - before.index, after.timestamp - before.timestamp) == (1, 24_000)
    assert (third.index - after.index, third.timestamp - after.timestamp) == (1, 960)


def test_a_packet_that_comes_twice_is_taken_once() -> None:
    track = FedTrack(1, Producer("audio", "opus", 48_000), clock=PublisherClock(unix_at_zero=0.0), is_set_back=False)
    assert track.receive(packet(9, 0), now=0.0) is not None
    assert track.receive(packet(9, 0), now=0.1) is None


@pytest.mark.parametrize("order", [("cue", "programme"), ("programme", "cue")], ids="-then-".join)
def test_the_programme_is_set_back_against_the_clock_that_the_cue_tells(order: tuple[str, ...]) -> None:
    clock = PublisherClock(unix_at_zero=UNIX_AT_ZERO)
    tracks = {
        "programme": FedTrack(1, Producer("audio", "opus", 48_000), clock=clock, is_set_back=True),
        "cue": FedTrack(2, Producer("audio", "opus", 48_000), clock=clock, is_set_back=False),
    }
    for bus in order:
        tracks[bus].receive(packet(1, 48_000), now=1.0)
        delay_s = SET_BACK_S if bus == "programme" else 0.0
        ntp = ntp_from_unix(UNIX_AT_ZERO + 1.0 + MIXER_AHEAD_S - delay_s)
        tracks[bus].sender_report(SenderReport(tracks[bus].ssrc, ntp, 48_000, 1, 1), now=1.0)
    pairs = {}
    for bus, track in tracks.items():
        assert track.producer.report_clock is not None
        pairs[bus] = track.producer.report_clock.pair(now=3.0)
    for bus, delay_s in (("cue", 0.0), ("programme", SET_BACK_S)):
        pair = pairs[bus]
        assert pair is not None
        # What left the mixer at 3 s belongs to the present of the cue, and of the programme to what is behind it.
        assert ntp_delta_s(pair[0], ntp_from_unix(UNIX_AT_ZERO + 3.0)) == pytest.approx(0, abs=1e-3)
        assert pair[1] == pytest.approx(3 * 48_000 + delay_s * 48_000, abs=48)


def test_what_is_lost_is_reported() -> None:
    track = FedTrack(1, Producer("audio", "opus", 48_000), clock=PublisherClock(unix_at_zero=0.0), is_set_back=False)
    for number in (1, 2, 3, 5):
        track.receive(packet(number, number * 960), now=number / 50)
    block = track.report_block(now=1.0)
    assert block is not None
    assert (block.ssrc, block.packets_lost) == (1, 1)
