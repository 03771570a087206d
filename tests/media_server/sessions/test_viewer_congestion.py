"""A viewer's picture follows what the path carries, and sound goes on: the whole loop, on simulated time."""

from __future__ import annotations

import pytest

from media_server.router.layer_choice import LayerChoice, LayerOffer
from media_server.rtp.rtcp import RR, Remb
from media_server.sessions.layer_ask import LayerAsk
from media_server.sessions.viewer_congestion import MAX_FEEDBACK_PER_S, considered
from tests.media_server.sessions.simulated_viewer import SOUND_S, SimulatedViewer
from tests.support.bottleneck import Bottleneck

MBPS = 1_000_000
LOW, MIDDLE, HIGH = 0, 1, 2
"""With their sound about 0.22, 0.6 and 1.35 Mbit/s."""


def watching(capacity_bps: float, *, seconds: float = 8.0, **viewer: bool) -> SimulatedViewer:
    """Someone who has watched for a while."""
    made = SimulatedViewer(Bottleneck(capacity_bps), **viewer)  # type: ignore[arg-type]
    made.run(2)
    made.join()
    made.run(seconds)
    return made


def test_who_has_room_is_sent_the_highest_layer_within_seconds_and_keeps_it() -> None:
    viewer = watching(5 * MBPS, seconds=4)
    assert viewer.layer == HIGH
    settled = viewer.now
    viewer.run(30)
    assert viewer.changes_since(settled) == 0
    assert viewer.mean_wait_s(settled) < 0.03


def test_a_path_that_narrows_and_widens_loses_the_layer_and_gets_it_back_while_sound_goes_on() -> None:
    viewer = watching(5 * MBPS)
    narrowed = viewer.now
    viewer.link.capacity_bps = 0.7 * MBPS
    assert viewer.run(4) == MIDDLE
    settled = viewer.now
    viewer.run(20)
    assert viewer.changes_since(settled) == 0
    assert viewer.mean_wait_s(settled) < 0.05
    viewer.link.capacity_bps = 5 * MBPS
    assert viewer.run(20) == HIGH
    # The queue of 300 ms was full for a moment: what of the sound was dropped there is a packet now and then.
    assert viewer.longest_silence_s(narrowed) < 0.3 + 3 * SOUND_S


def test_a_path_for_sound_alone_pauses_the_picture_and_probes_bring_it_back_after_a_long_pause() -> None:
    viewer = watching(5 * MBPS)
    viewer.link.capacity_bps = 0.12 * MBPS
    viewer.run(8)
    assert viewer.layer is None
    paused = viewer.now
    viewer.run(20)
    assert viewer.layer is None
    assert viewer.longest_silence_s(paused) < 0.25
    viewer.link.capacity_bps = 5 * MBPS
    assert viewer.run(25) is not None
    assert viewer.run(40) == HIGH


@pytest.mark.parametrize("capacity", [0.35 * MBPS, 0.7 * MBPS, 1.0 * MBPS, 1.3 * MBPS])
def test_nobody_flaps_on_a_path_that_stays_what_it_is(capacity: float) -> None:
    viewer = watching(capacity, seconds=10)
    settled = viewer.now
    viewer.run(40)
    assert viewer.changes_since(settled) <= 2
    assert viewer.mean_wait_s(settled) < 0.08


def test_a_picture_of_one_layer_goes_on_until_two_fifths_of_it_fit_and_comes_back() -> None:
    viewer = SimulatedViewer(Bottleneck(5 * MBPS), layers=(10,), with_transport_cc=False)
    viewer.remb_bps = 2 * MBPS
    viewer.run(2)
    viewer.join()
    viewer.run(5)
    viewer.remb_bps = 0.8 * MBPS
    assert viewer.run(20) == 0
    assert viewer.changes_since(viewer.now - 20) == 0
    viewer.remb_bps = 0.4 * MBPS
    assert viewer.run(10) is None
    assert viewer.longest_silence_s(viewer.now - 10) < 0.1
    viewer.remb_bps = 2 * MBPS
    assert viewer.run(20) == 0


def test_a_remb_is_for_the_picture_alone_however_much_the_sound_beside_it_takes() -> None:
    viewer = SimulatedViewer(Bottleneck(5 * MBPS), layers=(2,), with_transport_cc=False)
    viewer.sound_bytes = 1_200
    viewer.run(2)
    viewer.join()
    # Of 0.26 Mbit/s that arrive a browser says half as much again, and no more.
    viewer.remb_bps = 0.4 * MBPS
    assert viewer.run(10) == 0
    began = viewer.now
    viewer.run(60)
    assert viewer.changes_since(began) == 0


def test_a_still_picture_that_begins_to_move_is_not_taken_for_a_path_that_is_full() -> None:
    viewer = watching(5 * MBPS)
    for encoder in viewer.encoders:
        encoder.packets, encoder.size = 1, 50
    viewer.run(20)
    still = viewer.now
    for encoder, packets in zip(viewer.encoders, (1, 4, 10), strict=True):
        encoder.packets, encoder.size = packets, 500
    viewer.run(10)
    assert viewer.changes_since(still) == 0
    assert viewer.layer == HIGH


def test_random_loss_of_a_fiftieth_costs_no_layer() -> None:
    viewer = watching(5 * MBPS)
    viewer.link.loss = 0.02
    assert viewer.run(20) == HIGH


def test_probes_are_a_quarter_of_a_seconds_traffic_at_most() -> None:
    viewer = watching(0.7 * MBPS, seconds=40)
    assert viewer.probes
    for at, _ in viewer.probes:
        second = sum(size for other, size in viewer.probes if at <= other < at + 1.0)
        assert second <= 0.25 * 0.7 * MBPS / 8 + 600


def test_a_layer_that_was_asked_for_is_the_highest_that_is_sent() -> None:
    viewer = watching(5 * MBPS)
    viewer.congestion.ask = LayerAsk(layer=LOW)
    viewer.congestion.decide(now=viewer.now)
    assert viewer.run(0.5) == LOW
    asked = viewer.now
    viewer.run(20)
    assert viewer.changes_since(asked) == 0
    viewer.congestion.ask = LayerAsk()
    viewer.congestion.decide(now=viewer.now)
    assert viewer.run(10) == HIGH


def test_who_cannot_be_probed_is_tried_with_more_and_falls_by_what_a_remb_says() -> None:
    viewer = watching(5 * MBPS, with_transport_cc=False)
    assert viewer.layer == HIGH
    viewer.remb_bps = 0.7 * MBPS
    assert viewer.run(10) == MIDDLE
    viewer.remb_bps = 3 * MBPS
    assert viewer.run(15) == HIGH
    assert not viewer.probes


def test_who_sends_transport_feedback_and_takes_no_retransmissions_gets_up_too() -> None:
    viewer = watching(5 * MBPS, seconds=15, with_rtx=False)
    assert viewer.layer == HIGH
    assert not viewer.probes


def test_who_agreed_on_transport_feedback_and_sends_none_gets_up_too() -> None:
    viewer = watching(5 * MBPS, seconds=0)
    viewer.is_mute = True
    assert viewer.run(20) == HIGH


def test_reports_of_loss_are_read_of_those_alone_who_say_nothing_better() -> None:
    assert RR in SimulatedViewer(Bottleneck(MBPS)).congestion.unread
    assert RR in watching(MBPS, seconds=1).congestion.unread
    assert RR not in watching(MBPS, seconds=1, with_transport_cc=False).congestion.unread


def test_feedback_without_end_is_read_no_more_until_the_second_is_over() -> None:
    viewer = watching(5 * MBPS, with_transport_cc=False)
    viewer.run(1.0 - viewer.now % 1.0)
    for _ in range(MAX_FEEDBACK_PER_S):
        viewer.congestion.hear(Remb(9, 2 * MBPS, ()), now=viewer.now)
    viewer.congestion.hear(Remb(9, MBPS, ()), now=viewer.now)
    assert viewer.congestion.estimate_bps == 2 * MBPS
    viewer.run(1.0)
    viewer.congestion.hear(Remb(9, MBPS, ()), now=viewer.now)
    assert viewer.congestion.estimate_bps == MBPS


def test_of_the_temporal_parts_of_a_larger_picture_the_lowest_are_no_choice() -> None:
    offers = [
        LayerOffer(LayerChoice(layer, None, temporal), 100_000 * (layer + 1), is_active=True)
        for layer in range(2)
        for temporal in (0, 1, None)
    ]
    assert [offer.choice for offer in considered(offers)] == [
        LayerChoice(0, None, 0),
        LayerChoice(0, None, 1),
        LayerChoice(0),
        LayerChoice(1, None, 1),
        LayerChoice(1),
    ]
