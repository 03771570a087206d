"""Viewers of layers: whatever they choose and whatever is lost, each sees one stream that goes on."""

from __future__ import annotations

import random
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media_server.router import consumer as consumer_module
from media_server.router.consumer import Consumer
from media_server.router.layer_choice import HIGHEST, LayerChoice
from media_server.router.ranking import BEHIND_S
from tests.media_server.router.feeding import FRAME_S
from tests.media_server.router.layered import (
    LayeredStage,
    check_decodable,
    check_numbers,
    check_pictures,
    check_times,
)


def any_choice(rng: random.Random) -> LayerChoice | None:
    if rng.random() < 0.15:
        return None
    return LayerChoice(rng.randrange(4), None, rng.choice([None, 0, 1, 2]))


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 1 << 32),
    spread_s=st.sampled_from([0.0, 0.02, 0.06]),
    loss=st.sampled_from([0.0, 0.05]),
    with_reports=st.booleans(),
    speed=st.sampled_from([2.0, 100.0]),
)
@example(seed=131, spread_s=0.02, loss=0.05, with_reports=False, speed=2.0)
@example(seed=1432768647, spread_s=0.02, loss=0.05, with_reports=False, speed=2.0)
@example(seed=1320878912, spread_s=0.06, loss=0.05, with_reports=False, speed=2.0)
@example(seed=2808104920, spread_s=0.06, loss=0.0, with_reports=False, speed=2.0)
def test_whatever_is_chosen_and_lost_each_viewer_sees_one_stream(
    seed: int, spread_s: float, loss: float, with_reports: bool, speed: float
) -> None:
    with patch.object(consumer_module, "speed_for", lambda _: speed):
        choose_and_lose(seed, spread_s, loss, with_reports=with_reports)


def choose_and_lose(seed: int, spread_s: float, loss: float, *, with_reports: bool) -> None:
    stage = LayeredStage(seed=seed, spread_s=spread_s, loss=loss, with_reports=with_reports)
    rng = stage.rng
    stage.run(rng.uniform(0.0, 1.0))
    viewers: list[Consumer] = [stage.join()]
    for _ in range(25):
        stage.run(rng.uniform(0.01, 0.5))
        action = rng.random()
        if action < 0.15 and len(viewers) < 4:
            viewers.append(stage.join())
        elif action < 0.25:
            stage.stopped = set() if stage.stopped else {rng.randrange(3)}
        else:
            rng.choice(viewers).want(any_choice(rng), now=stage.now)
    stage.stopped = set()
    stage.run(2.0)
    had = [len(stage.got(viewer)) for viewer in viewers]
    stage.run(1.0)
    assert all(
        len(stage.got(viewer)) > before or viewer.wanted is None for viewer, before in zip(viewers, had, strict=True)
    ), "nobody who wants it is left without"
    stage.settle()
    for viewer in viewers:
        got = stage.got(viewer)
        if got:
            check_numbers(got)
            if loss == 0 and spread_s == 0:
                check_pictures(got)
                check_decodable(got)


@pytest.mark.parametrize("temporal", [None, 0, 1], ids=str)
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_choice_is_what_comes(layer: int, temporal: int | None) -> None:
    stage = LayeredStage()
    stage.run(1.0)
    viewer = stage.join()
    viewer.want(LayerChoice(layer, None, temporal), now=stage.now)
    stage.run(1.0)
    assert viewer.sent == LayerChoice(layer, None, temporal)
    before = len(stage.got(viewer))
    stage.run(1.0)
    labels = [packet.label for packet in stage.got(viewer)[before:]]
    assert {label.layer for label in labels} == {layer}
    assert {label.temporal for label in labels} == ({0, 1, 2} if temporal is None else set(range(temporal + 1)))
    assert {label.frame for label in labels} >= {label.frame for label in labels if label.temporal == 0}


def test_who_said_nothing_is_sent_the_highest_layer_whole() -> None:
    stage = LayeredStage()
    stage.run(1.0)
    viewer = stage.join()
    stage.run(0.5)
    assert viewer.sent == LayerChoice(2)
    assert {packet.label.layer for packet in stage.got(viewer)} == {2}


def test_up_and_down_time_goes_on_true_and_pictures_one_after_the_other() -> None:
    stage = LayeredStage(seed=3)
    stage.run(2.0)
    viewer = stage.join()
    stage.run(1.0)
    for layer in (0, 2, 1, 0, 1, 2):
        viewer.want(LayerChoice(layer), now=stage.now)
        stage.run(1.2)
        assert viewer.sent == LayerChoice(layer)
    got = stage.got(viewer)
    check_numbers(got)
    check_pictures(got)
    assert check_decodable(got) > 7 * 30
    live = [packet for packet in got if packet.label.frame > 60]
    check_times(live, tolerance_s=0.004)


def test_temporal_parts_are_left_at_any_frame_and_come_back_where_a_picture_lets_in() -> None:
    stage = LayeredStage(1, seed=4)
    stage.run(1.0)
    viewer = stage.join()
    stage.run(0.5)
    keys = len(stage.requests[0])
    for temporal in (0, 1, None, 1, 0, None):
        viewer.want(LayerChoice(0, None, temporal), now=stage.now)
        stage.run(0.4)
        assert viewer.sent == LayerChoice(0, None, temporal)
    assert len(stage.requests[0]) == keys, "no key frame was needed"
    got = stage.got(viewer)
    check_numbers(got)
    check_pictures(got)
    check_decodable(got)


def test_a_layer_that_stops_falls_to_the_next_lower_and_returns_by_itself() -> None:
    stage = LayeredStage(seed=5)
    stage.run(1.0)
    viewer = stage.join()
    stage.run(1.0)
    stage.stopped = {2}
    stage.run(BEHIND_S + 0.3)
    assert viewer.sent == LayerChoice(1)
    stage.stopped = set()
    stage.run(1.0)
    assert viewer.sent == LayerChoice(2)
    got = stage.got(viewer)
    check_numbers(got)
    check_pictures(got)
    check_decodable(got)


def test_a_source_that_pauses_as_a_whole_keeps_its_viewers_where_they_are() -> None:
    stage = LayeredStage(seed=6)
    stage.run(1.0)
    viewer = stage.join()
    stage.run(1.0)
    stage.stopped = {0, 1, 2}
    stage.run(2 * BEHIND_S)
    stage.stopped = set()
    stage.run(0.5)
    got = stage.got(viewer)
    assert viewer.sent == LayerChoice(2)
    assert {packet.label.layer for packet in got} == {2}
    check_numbers(got)


def test_the_lowest_layer_is_the_one_with_the_smallest_pictures_in_whatever_order_they_are_offered() -> None:
    stage = LayeredStage(falling=True)
    stage.run(1.0)
    viewer = stage.join()
    stage.run(0.5)
    assert viewer.sent == LayerChoice(0)
    assert [offer.choice.layer for offer in stage.track.offered(stage.now)][::3] == [2, 1, 0]
    stage.stopped = {0}
    stage.run(BEHIND_S + 0.3)
    assert viewer.sent == LayerChoice(1)


def test_what_is_offered_has_sizes_and_measured_bitrates_from_the_lowest_on() -> None:
    stage = LayeredStage()
    viewer = stage.join()
    stage.run(3.0)
    offers = stage.track.offered(stage.now)
    assert [offer.choice for offer in offers] == [
        LayerChoice(layer, None, temporal) for layer in range(3) for temporal in (0, 1, None)
    ]
    assert [(offer.width, offer.height) for offer in offers[::3]] == [(160, 90), (320, 180), (640, 360)]
    rates = [offer.bitrate_bps for offer in offers]
    assert all(rates[n : n + 3] == sorted(rates[n : n + 3]) for n in (0, 3, 6))
    assert rates[2] < rates[5] < rates[8]
    assert all(offer.is_active for offer in offers)
    sent = [packet for packet in stage.got(viewer) if packet.label.layer == 2]
    measured = 8 * sum(len(packet.payload) + 12 for packet in sent) / 3.0
    assert rates[-1] == pytest.approx(measured, rel=0.1)
    stage.stopped = {1}
    stage.run(3.0)
    assert [offer.is_active for offer in stage.track.offered(stage.now) if offer.choice.layer == 1] == [False]


def test_a_pause_is_at_once_and_what_comes_after_begins_with_a_key_frame_at_its_true_time() -> None:
    stage = LayeredStage(seed=6)
    stage.run(1.0)
    viewer = stage.join()
    stage.run(1.0)
    viewer.want(None, now=stage.now)
    assert viewer.sent is None
    before = len(stage.got(viewer))
    stage.run(4.0)
    assert len(stage.got(viewer)) == before
    viewer.want(LayerChoice(0), now=stage.now)
    stage.run(1.0)
    assert viewer.sent == LayerChoice(0)
    got = stage.got(viewer)
    assert got[before].label.is_key
    assert got[before].label.number == 0
    check_numbers(got)
    check_pictures(got)
    check_decodable(got)
    live = [packet for packet in got[:before] if packet.label.frame > 40]
    check_times(live + [packet for packet in got[before:] if packet.label.frame > 190], tolerance_s=0.004)


def test_however_many_viewers_change_each_layer_is_asked_for_one_key_frame() -> None:
    stage = LayeredStage()
    stage.run(1.0)
    viewers = [stage.join() for _ in range(50)]
    stage.run(1.0)
    before = [len(each) for each in stage.requests]
    for viewer in viewers:
        viewer.want(LayerChoice(0), now=stage.now)
    stage.run(1.0)
    assert all(viewer.sent == LayerChoice(0) for viewer in viewers)
    assert [len(each) - n for each, n in zip(stage.requests, before, strict=True)] == [1, 0, 0]


def test_who_comes_back_right_after_a_key_frame_it_cannot_begin_with_gets_the_next_one() -> None:
    stage = LayeredStage(2)
    stage.run(1.0)
    first, second = stage.join(), stage.join()
    stage.run(1.0)
    first.want(LayerChoice(0), now=stage.now)
    while first.sent != LayerChoice(0):
        stage.run(0.01)
    # No time has passed: what is there would be a step back.
    second.want(None, now=stage.now)
    second.want(LayerChoice(0), now=stage.now)
    assert second.waits_for_keyframe
    stage.run(1.0)
    assert second.sent == LayerChoice(0)
    check_numbers(stage.got(second))


def test_nothing_asked_for_again_after_changes_is_anything_but_what_was_sent() -> None:
    stage = LayeredStage(seed=8)
    stage.run(1.0)
    viewer = stage.join()
    for layer, temporal in ((2, None), (0, 1), (2, 0), (1, None)):
        viewer.want(LayerChoice(layer, None, temporal), now=stage.now)
        stage.run(0.9)
    got = stage.got(viewer)
    recent = [packet for packet in got if packet.index > got[-1].index - 60]
    for packet in recent:
        stage.now += 0.03
        before = len(stage.sent.order[viewer.leg])
        viewer.resend([packet.index & 0xFFFF], now=stage.now, send=stage.sent.take)
        assert stage.sent.order[viewer.leg][before:] == [packet.index]


@pytest.mark.parametrize("back", [True, False], ids=["and-back", "and-stays"])
def test_who_chooses_another_layer_while_catching_up_is_not_left_without_either(
    back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "speed_for", lambda _: 3.0)
    stage = LayeredStage(2)
    stage.run(1.5)
    viewer = stage.join()
    while viewer.is_catching_up or not viewer.is_behind:
        # Nothing more is there to be sent, though what comes is not true to time yet.
        stage.run(0.01)
        assert viewer.view is None or viewer.is_behind
    viewer.want(LayerChoice(0), now=stage.now)
    if back:
        viewer.want(HIGHEST, now=stage.now)
    stage.run(1.0)
    assert stage.got(viewer)[-1].label.layer == (1 if back else 0)
    assert stage.got(viewer)[-1].label.frame > (stage.now - 0.1) / FRAME_S
    assert not viewer.is_behind
    check_numbers(stage.got(viewer))
