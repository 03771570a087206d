"""The estimate over links of known capacity, on simulated time."""

from __future__ import annotations

import pytest

from media_server.congestion.estimator import EVIDENCE_S, START_BPS, BandwidthEstimator
from media_server.congestion.remb import MAX_BPS
from tests.media_server.congestion.call import Call, Sample
from tests.support.bottleneck import Bottleneck

MBPS = 1_000_000


def adaptive(estimate_bps: float) -> float:
    """A source that sends what the estimate allows, beside the sound."""
    return min(estimate_bps * 0.95, 6 * MBPS)


def mean(samples: list[Sample]) -> float:
    return sum(sample.estimate_bps for sample in samples) / len(samples)


def mean_wait(samples: list[Sample]) -> float:
    return sum(sample.waiting_s for sample in samples) / len(samples)


def test_the_estimate_settles_below_a_capacity_that_falls_and_comes_back_when_it_rises() -> None:
    call = Call(Bottleneck(3 * MBPS), adaptive)
    call.run(20)
    before = call.run(20)
    call.link.capacity_bps = 1 * MBPS
    settling = call.run(3)
    throttled = call.run(27)
    call.link.capacity_bps = 3 * MBPS
    call.run(30)
    after = call.run(10)
    assert 2.0 * MBPS < mean(before) < 3.0 * MBPS
    assert settling[-1].estimate_bps < 1.0 * MBPS
    assert 0.6 * MBPS < mean(throttled) < 1.0 * MBPS
    assert 2.0 * MBPS < mean(after) < 3.0 * MBPS
    for steady in (before, throttled, after):
        assert mean_wait(steady) < 0.06


def test_nothing_is_dropped_at_a_queue_of_300_ms_while_the_capacity_stays() -> None:
    call = Call(Bottleneck(3 * MBPS, queue_s=0.3), adaptive)
    samples = call.run(60)
    assert call.link.lost == 0
    assert max(sample.waiting_s for sample in samples) < 0.3


def test_random_loss_of_a_fiftieth_is_not_taken_for_congestion() -> None:
    call = Call(Bottleneck(3 * MBPS, loss=0.02), adaptive)
    call.run(20)
    assert mean(call.run(20)) > 2.0 * MBPS


def test_heavy_loss_without_delay_brings_the_estimate_down_and_its_end_brings_it_back() -> None:
    call = Call(Bottleneck(8 * MBPS), lambda estimate: min(estimate * 0.95, 2 * MBPS))
    before = call.run(20)[-1].estimate_bps
    call.link.loss = 0.3
    lossy = call.run(10)[-1].estimate_bps
    call.link.loss = 0.0
    assert lossy < before / 2
    assert call.run(40)[-1].estimate_bps > 0.9 * before


def test_another_flow_gets_its_share_and_leaves_the_rest() -> None:
    call = Call(Bottleneck(3 * MBPS), adaptive)
    call.run(30)
    call.competing_bps = 1 * MBPS
    call.run(5)
    shared = call.run(25)
    call.competing_bps = 0
    call.run(15)
    alone = call.run(10)
    assert 1.2 * MBPS < mean(shared) < 2.1 * MBPS
    assert mean_wait(shared) < 0.06
    assert mean(alone) > 2.2 * MBPS


@pytest.mark.parametrize(("lost", "jitter_s"), [(0.3, 0.0), (0.0, 0.2), (0.2, 0.12)], ids=["lost", "reordered", "both"])
def test_feedback_that_is_lost_or_reordered_leaves_an_estimate_below_capacity(lost: float, jitter_s: float) -> None:
    call = Call(Bottleneck(3 * MBPS), adaptive)
    call.feedback_loss, call.feedback_jitter_s = lost, jitter_s
    call.run(30)
    samples = call.run(20)
    assert 1.2 * MBPS < mean(samples) < 3.1 * MBPS
    assert mean_wait(samples) < 0.1


def test_what_is_not_sent_is_not_estimated() -> None:
    # A layer of 300 kbit/s on a path of 10 Mbit/s: nothing says that there is more, until it is probed.
    call = Call(Bottleneck(10 * MBPS), lambda _: 300_000)
    assert call.run(20)[-1].estimate_bps < 1.6 * 400_000


@pytest.mark.parametrize(("capacity", "least", "most"), [(10 * MBPS, 1.4, 1.7), (0.8 * MBPS, 0.5, 0.85)])
def test_a_probe_finds_what_the_path_carries_or_that_it_carries_what_was_tried(
    capacity: float, least: float, most: float
) -> None:
    call = Call(Bottleneck(capacity), lambda _: 300_000)
    call.run(10)
    first = call.history.next_number
    call.estimator.probe_begins(now=call.now)
    for slice_number in range(10):
        for _ in range(1 if slice_number % 2 else 2):
            call.at(call.now + slice_number * 0.01, lambda: call.send(1_180))
    call.run(0.1)
    call.estimator.probe_sent(first, call.history.next_number)
    found = call.run(0.5)[-1].estimate_bps
    assert least * MBPS < found < most * MBPS
    # The queue that it made is gone, and was no reason to send less.
    assert call.run(10)[-1].estimate_bps > 0.9 * found


def test_a_clock_that_is_set_back_does_not_stop_the_estimate() -> None:
    call = Call(Bottleneck(3 * MBPS), adaptive)
    call.run(20)
    call.restart_receiver(at_s=17.0)
    call.run(5)
    call.link.capacity_bps = 1 * MBPS
    call.run(5)
    assert mean(call.run(20)) < 1.05 * MBPS


def test_a_receivers_own_estimate_holds_until_it_falls_silent() -> None:
    estimator = BandwidthEstimator()
    assert estimator.bitrate_bps(now=0.0) == START_BPS
    assert estimator.believed_bps(3 * MBPS, now=0.0) == 3 * MBPS
    estimator.on_remb(700_000, now=1.0)
    assert estimator.bitrate_bps(now=2.0) == 700_000
    assert estimator.bitrate_bps(now=10.0) == START_BPS
    estimator.on_remb((1 << 18) - 1 << 63, now=11.0)
    assert estimator.bitrate_bps(now=11.0) == MAX_BPS


def test_loss_in_reports_caps_a_receivers_own_estimate() -> None:
    estimator = BandwidthEstimator()
    for second in range(10):
        estimator.on_remb(2 * MBPS, now=float(second))
        estimator.on_loss(0.2, 200, now=float(second))
    capped = estimator.bitrate_bps(now=10.0)
    assert capped < 1.2 * MBPS
    for second in range(10, 40):
        estimator.on_remb(2 * MBPS, now=float(second))
        estimator.on_loss(0.05 if second < 20 else 0.0, 200, now=float(second))
        if second == 19:
            assert estimator.bitrate_bps(now=19.0) == pytest.approx(capped)
    assert estimator.bitrate_bps(now=40.0) > 1.5 * capped


def test_a_picture_that_begins_to_move_is_no_congestion() -> None:
    rate = 200_000
    call = Call(Bottleneck(10 * MBPS), lambda _: rate)
    call.run(20)
    rate = 1 * MBPS
    call.run(1)
    assert call.estimator.bitrate_bps(now=call.now) < 1 * MBPS
    assert call.estimator.believed_bps(1 * MBPS, now=call.now) == 1 * MBPS
    call.link.capacity_bps = 0.6 * MBPS
    call.run(2)
    assert call.estimator.believed_bps(1 * MBPS, now=call.now) < 0.7 * MBPS


def test_loss_and_delay_speak_against_what_is_sent_for_some_seconds() -> None:
    estimator = BandwidthEstimator()
    for second in range(3):
        estimator.on_loss(0.5, 200, now=float(second))
    assert estimator.believed_bps(2 * MBPS, now=3.0) < 1 * MBPS
    assert estimator.believed_bps(2 * MBPS, now=3.0 + EVIDENCE_S) == 2 * MBPS


def test_a_remb_is_a_limit_when_it_falls_or_stands_still_and_not_while_it_grows() -> None:
    estimator = BandwidthEstimator()
    for tick in range(40):
        estimator.on_remb(round(500_000 * 1.02**tick), now=tick * 0.25)
    now = 9.75
    assert estimator.believed_bps(3 * MBPS, now=now) == 3 * MBPS
    grown = estimator.bitrate_bps(now=now)
    estimator.on_remb(round(0.85 * grown), now=now + 0.25)
    assert estimator.believed_bps(3 * MBPS, now=now + 0.25) == pytest.approx(0.85 * grown, rel=0.01)
    estimator.on_remb(round(grown), now=now + 1)
    assert estimator.believed_bps(3 * MBPS, now=now + 1) == 3 * MBPS
    for second in range(2, 7):
        estimator.on_remb(round(grown), now=now + second)
    assert estimator.believed_bps(3 * MBPS, now=now + 6) == pytest.approx(grown, rel=0.01)
