"""Layers chosen for one viewer: rules by example, and what holds whatever comes by hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.allocator import (
    FIRST_WAIT_S,
    KEEP_SHARE,
    ONLY_LAYER_SHARE,
    PAUSE_HOLD_S,
    TRIAL_S,
    UP_HOLD_S,
    UP_MARGIN,
    Allocator,
)

STEP_S = 0.1


@dataclass(frozen=True)
class Layer:
    choice: str
    bitrate_bps: float
    is_active: bool = True


LOW, MIDDLE, HIGH = Layer("low", 150_000), Layer("middle", 500_000), Layer("high", 2_000_000)
LADDER = (LOW, MIDDLE, HIGH)


class Viewer:
    """An allocator on its way through time."""

    def __init__(self, *offers: Layer, may_try: bool = False) -> None:
        self.allocator: Allocator[str] = Allocator()
        self.offers = offers or LADDER
        self.may_try = may_try
        self.now = 100.0

    def see(self, room_bps: float, seconds: float = 0.0) -> list[str | None]:
        """What it chose, step by step, while there was so much room."""
        return list(self._steps(room_bps, seconds))

    def _steps(self, room_bps: float, seconds: float) -> Iterator[str | None]:
        for _ in range(max(1, round(seconds / STEP_S))):
            yield self.allocator.decide(self.offers, room_bps=room_bps, may_try=self.may_try, now=self.now)
            self.now += STEP_S


def changes(choices: list[str | None]) -> int:
    return sum(before != after for before, after in pairwise(choices))


def test_a_viewer_begins_with_the_highest_layer_that_fits_with_a_margin() -> None:
    assert Viewer().see(1_000_000) == ["middle"]
    assert Viewer().see(HIGH.bitrate_bps * UP_MARGIN) == ["high"]
    assert Viewer().see(HIGH.bitrate_bps * UP_MARGIN - 1) == ["middle"]
    assert Viewer().see(20_000) == ["low"]


def test_a_layer_that_does_not_fit_is_left_within_a_second_for_the_highest_that_does() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    assert viewer.see(700_000, 0.9)[-1] == "middle"
    assert viewer.see(200_000, 0.9)[-1] == "low"


def test_a_layer_that_nearly_fits_is_kept_for_some_seconds() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    nearly = (KEEP_SHARE + 0.05) * HIGH.bitrate_bps
    assert set(viewer.see(nearly, 3.5)) == {"high"}
    assert viewer.see(nearly, 1.0)[-1] == "middle"


def test_one_short_dip_changes_nothing() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    viewer.see(100_000, 0.4)
    assert set(viewer.see(5_000_000, 5.0)) == {"high"}


def test_the_way_up_waits_for_room_that_lasts_and_longer_after_a_fall() -> None:
    viewer = Viewer()
    viewer.see(100_000)
    rising = viewer.see(5_000_000, 3.0)
    assert rising[: round(UP_HOLD_S / STEP_S)] == ["low"] * round(UP_HOLD_S / STEP_S)
    assert rising[-1] == "high"
    viewer.see(600_000, 1.0)
    after = viewer.see(5_000_000, 30.0)
    assert set(after[: round(FIRST_WAIT_S / STEP_S)]) == {"middle"}
    assert after[-1] == "high"


def test_who_falls_again_and_again_rises_less_and_less_often() -> None:
    viewer = Viewer()
    choices: list[str | None] = []
    for _ in range(60):
        choices += viewer.see(5_000_000, 5.0)
        choices += viewer.see(600_000, 1.0)
    rises = [place for place, pair in enumerate(pairwise(choices)) if pair == ("middle", "high")]
    gaps = [later - earlier for earlier, later in pairwise(rises)]
    assert len(rises) < 20
    assert gaps[-1] > 3 * gaps[0]


def test_the_picture_is_paused_when_not_even_the_lowest_layer_fits_and_comes_back_when_it_does() -> None:
    viewer = Viewer()
    viewer.see(200_000)
    starving = viewer.see(50_000, PAUSE_HOLD_S + 0.5)
    assert set(starving[: round(PAUSE_HOLD_S / STEP_S)]) == {"low"}
    assert starving[-1] is None
    assert viewer.allocator.is_paused
    assert viewer.see(200_000, 20.0)[-1] == "low"


def test_a_picture_of_one_layer_is_not_paused_at_two_fifths_of_what_it_takes() -> None:
    viewer = Viewer(HIGH)
    assert set(viewer.see(ONLY_LAYER_SHARE * HIGH.bitrate_bps, 30.0)) == {"high"}
    assert viewer.see(ONLY_LAYER_SHARE * HIGH.bitrate_bps - 1, PAUSE_HOLD_S + 0.2)[-1] is None


def test_a_layer_that_the_source_stops_is_left_at_once_and_taken_again_later() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    viewer.offers = (LOW, MIDDLE, Layer("high", 0.0, is_active=False))
    assert viewer.see(5_000_000) == ["middle"]
    viewer.offers = LADDER
    assert viewer.see(5_000_000, 3.0)[-1] == "high"


def test_what_the_viewer_wants_no_more_is_left_at_once_for_the_best_that_is_wanted() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    viewer.offers = LADDER[:2]
    assert viewer.see(5_000_000) == ["middle"]
    viewer.offers = (LOW,)
    assert viewer.see(5_000_000) == ["low"]


def test_while_the_source_sends_nothing_the_choice_stays() -> None:
    viewer = Viewer()
    viewer.see(5_000_000)
    viewer.offers = tuple(Layer(layer.choice, 0.0, is_active=False) for layer in LADDER)
    assert set(viewer.see(10_000, 10.0)) == {"high"}


def test_what_can_be_probed_is_not_tried_but_said_to_be_wanted() -> None:
    viewer = Viewer()
    viewer.see(300_000)
    assert set(viewer.see(300_000, 30.0)) == {"low"}
    assert viewer.allocator.wanted_bps(LADDER, now=viewer.now) == pytest.approx(MIDDLE.bitrate_bps * UP_MARGIN)
    assert viewer.see(700_000, 2.0)[-1] == "middle"
    assert viewer.allocator.wanted_bps(LADDER[:2], now=viewer.now + 60) is None


def test_what_cannot_be_probed_is_tried_and_kept_while_the_estimate_does_not_fall() -> None:
    viewer = Viewer(may_try=True)
    viewer.see(225_000)
    assert viewer.see(225_000, 2.0)[-1] == "middle"
    for room in range(225_000, 700_000, 15_000):
        assert viewer.see(room) == ["middle"]
    assert viewer.see(700_000, 4.0)[-1] == "high"
    viewer.see(1_200_000)
    assert viewer.see(800_000, 1.0)[-1] == "middle"


rooms = st.lists(st.tuples(st.integers(10_000, 4_000_000), st.floats(0.1, 12.0)), min_size=1, max_size=12)
ladders = st.lists(st.integers(50_000, 3_000_000), min_size=1, max_size=4, unique=True).map(
    lambda rates: tuple(Layer(f"{place}", rate) for place, rate in enumerate(sorted(rates)))
)


@settings(deadline=None)
@given(ladders, rooms, st.booleans())
def test_whatever_the_room_a_choice_is_offered_and_settles_within_it(
    ladder: tuple[Layer, ...], walk: list[tuple[int, float]], may_try: bool
) -> None:
    viewer = Viewer(*ladder, may_try=may_try)
    known = {None, *(layer.choice for layer in ladder)}
    for room, seconds in walk:
        assert set(viewer.see(room, seconds)) <= known
    viewer.may_try = False
    room = walk[-1][0]
    settled = viewer.see(room, 150.0)
    last = settled[-1]
    assert changes(settled[-300:]) == 0
    rate = next((layer.bitrate_bps for layer in ladder if layer.choice == last), 0)
    share = ONLY_LAYER_SHARE if len(ladder) == 1 else KEEP_SHARE
    assert rate <= room or (last == ladder[0].choice and room >= share * rate)
    above = [layer for layer in ladder if layer.bitrate_bps > rate]
    assert not above or above[0].bitrate_bps * UP_MARGIN > room


def test_what_was_tried_and_never_came_true_is_left() -> None:
    viewer = Viewer(may_try=True)
    viewer.see(200_000)
    tried = viewer.see(200_000, 120.0)
    assert {"low", "middle"} == set(tried)
    assert tried.count("middle") * STEP_S < 4 * (TRIAL_S + 1)


@settings(deadline=None)
@given(ladders, rooms)
def test_more_room_never_ends_in_less_picture(ladder: tuple[Layer, ...], walk: list[tuple[int, float]]) -> None:
    viewer = Viewer(*ladder)
    rates = {layer.choice: layer.bitrate_bps for layer in ladder}
    for room, seconds in walk:
        viewer.see(room, seconds)
    less = viewer.see(walk[-1][0], 150.0)[-1]
    more = viewer.see(2 * walk[-1][0], 150.0)[-1]
    assert (0 if more is None else rates[more]) >= (0 if less is None else rates[less])
