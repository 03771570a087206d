"""Reception statistics against RFC 3550's appendix A, on simulated time."""

from __future__ import annotations

import random

import pytest

from media_server.rtp.ntp import ntp_from_unix, ntp_middle
from media_server.rtp.reception import ReceptionReport, round_trip_s
from media_server.rtp.rtcp import ReportBlock

RATE = 90_000


def block_of(report: ReceptionReport, now: float = 0.0) -> ReportBlock:
    block = report.block(now=now)
    assert block is not None
    return block


def fed(report: ReceptionReport, numbers: list[int]) -> ReceptionReport:
    for number in numbers:
        report.receive(number & 0xFFFF, 0, now=0.0)
    return report


def test_a_source_is_believed_after_two_packets_in_a_row() -> None:
    report = ReceptionReport(7, RATE)
    assert [report.receive(n, 0, now=0.0) for n in (10, 20, 30, 31, 32)] == [False, False, False, True, True]
    assert block_of(report).highest_sequence == 32
    assert report.packets_lost == 0


def test_nothing_is_reported_of_an_unproven_source() -> None:
    assert ReceptionReport(7, RATE).block(now=0.0) is None
    assert fed(ReceptionReport(7, RATE), [5]).block(now=0.0) is None


@pytest.mark.parametrize("start", [0, 65_000, 65_535])
def test_cycles_stand_above_the_sequence_number(start: int) -> None:
    report = fed(ReceptionReport(7, RATE), list(range(start, start + 140_000)))
    # The first packet only opened the probation.
    assert block_of(report).highest_sequence == (start + 1 & 0xFFFF) + 139_998
    assert report.packets_lost == 0


def test_loss_is_counted_in_total_and_as_a_fraction_since_the_last_report() -> None:
    report = fed(ReceptionReport(7, RATE), [n for n in range(65_400, 65_801) if n % 4 or n < 65_410])
    first = block_of(report)
    lost = sum(1 for n in range(65_410, 65_801) if n % 4 == 0) - 1
    assert first.packets_lost == lost
    # 399 were expected: the first packet only opened the probation, the last one is lost beyond the highest.
    assert first.fraction_lost == lost * 256 // 399
    fed(report, list(range(65_801, 65_901)))
    second = block_of(report)
    assert (second.packets_lost, second.fraction_lost) == (lost + 1, 256 // 101)


def test_duplicates_make_the_loss_negative_and_the_fraction_zero() -> None:
    report = fed(ReceptionReport(7, RATE), [0, 1, 2, 3, 3, 3])
    assert (block_of(report).packets_lost, report.block(now=0.0).fraction_lost) == (-2, 0)  # type: ignore[union-attr]


def test_one_stray_packet_is_ignored_and_two_in_a_row_restart() -> None:
    report = fed(ReceptionReport(7, RATE), list(range(100)))
    assert not report.receive(40_000, 0, now=0.0)
    assert report.receive(100, 0, now=0.0)
    assert block_of(report).highest_sequence == 100
    assert not report.receive(40_000, 0, now=0.0)
    assert report.receive(40_001, 0, now=0.0)
    assert block_of(report).highest_sequence == 40_001
    assert report.packets_lost == 0


def test_jitter_is_the_rfcs_running_mean_and_survives_the_timestamp_wrap() -> None:
    report = ReceptionReport(7, RATE)
    rng, expected, transit = random.Random(1), 0.0, None  # noqa: S311
    for index in range(500):
        now = 10.0 + index * 0.02 + rng.uniform(0, 0.01)
        timestamp = (0xFFFFF000 + index * 1_800) & 0xFFFFFFFF
        valid = report.receive(index, timestamp, now=now)
        arrival = int(now * RATE) - (0xFFFFF000 + index * 1_800)
        if valid:
            if transit is not None:
                expected += (abs(arrival - transit) - expected) / 16
            transit = arrival
    assert block_of(report).jitter == int(expected)
    assert 0.001 < report.jitter_s < 0.01


def test_the_last_sender_report_and_its_age_are_repeated() -> None:
    report = fed(ReceptionReport(7, RATE), [1, 2, 3])
    assert (block_of(report).last_sr, block_of(report).delay_since_last_sr) == (0, 0)
    ntp = ntp_from_unix(1_800_000_000.25)
    report.sender_report(ntp, now=5.0)
    block = block_of(report, now=5.5)
    assert (block.last_sr, block.delay_since_last_sr) == (ntp_middle(ntp), 32_768)


def test_the_round_trip_is_the_rfcs_example() -> None:
    # RFC 3550 figure 2: A = b710:8000, DLSR = 5.250 s, LSR = b705:2000; the round trip is 6.125 s.
    block = ReportBlock(1, 0, 0, 0, 0, 0xB7052000, 0x00054000)
    assert round_trip_s(block, now_ntp=0xB710_8000 << 16) == 6.125


@pytest.mark.parametrize("block", [ReportBlock(1, 0, 0, 0, 0, 0, 99), ReportBlock(1, 0, 0, 0, 0, 0xB7110000, 0)])
def test_a_round_trip_that_cannot_be_is_none(block: ReportBlock) -> None:
    assert round_trip_s(block, now_ntp=0xB710_8000 << 16) is None
