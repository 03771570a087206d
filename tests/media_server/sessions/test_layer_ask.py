"""What is within a viewer's wish, of what a source offers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.router.layer_choice import LayerChoice, LayerOffer
from media_server.sessions.layer_ask import LayerAsk, with_parts

SIMULCAST = (
    LayerOffer(LayerChoice(0), 150_000, True, 320, 180),
    LayerOffer(LayerChoice(1), 500_000, True, 640, 360),
    LayerOffer(LayerChoice(2), 0, False, 1280, 720),
)
SVC = tuple(
    LayerOffer(LayerChoice(0, spatial, temporal), 100_000, True)
    for spatial in (0, 1, None)
    for temporal in (0, 1, None)
)


def allowed(ask: LayerAsk, offers: Sequence[LayerOffer]) -> list[LayerChoice]:
    return [offer.choice for offer in ask.allowed(offers)]


@pytest.mark.parametrize(
    ("ask", "layers"),
    [
        (LayerAsk(), [0, 1, 2]),
        (LayerAsk(layer=0), [0]),
        (LayerAsk(layer=2), [2]),
        (LayerAsk(max_height=720), [0, 1, 2]),
        (LayerAsk(max_height=719), [0, 1]),
        (LayerAsk(max_height=200), [0]),
        (LayerAsk(max_width=100), [0]),
        (LayerAsk(layer=9), [0]),
    ],
)
def test_of_simulcast_what_is_within_it_is_left_and_the_lowest_at_least(ask: LayerAsk, layers: list[int]) -> None:
    assert allowed(ask, SIMULCAST) == [LayerChoice(layer) for layer in layers]


@pytest.mark.parametrize(
    ("ask", "highest"),
    [
        (LayerAsk(spatial=1), LayerChoice(0, 1, None)),
        (LayerAsk(spatial=2, temporal=0), LayerChoice(0, None, 0)),
        (LayerAsk(max_spatial=1, max_temporal=1), LayerChoice(0, 1, 1)),
        (LayerAsk(max_spatial=7), LayerChoice(0, None, None)),
        (LayerAsk(spatial=5), LayerChoice(0, 0, 0)),
    ],
)
def test_of_parts_the_highest_has_a_number_too(ask: LayerAsk, highest: LayerChoice) -> None:
    assert allowed(ask, SVC)[-1] == highest
    assert with_parts(SVC)[-1][1] == (2, 2)


def test_what_is_named_is_there_or_not() -> None:
    assert LayerAsk(layer=2).names_one_of(SIMULCAST)
    assert not LayerAsk(layer=3).names_one_of(SIMULCAST)
    assert not LayerAsk(spatial=3).names_one_of(SVC)
    assert LayerAsk(layer=1, max_height=10).names_one_of(SIMULCAST)


number = st.one_of(st.none(), st.integers(0, 4))


@given(st.builds(LayerAsk, number, number, number, number, number, number, number), st.integers(0, 3))
def test_something_is_always_left_of_what_is_offered_in_its_order(ask: LayerAsk, count: int) -> None:
    for offers in (SIMULCAST[:count], SVC[:count]):
        left = ask.allowed(offers)
        assert bool(left) is bool(offers)
        assert [offer for offer in offers if offer in left] == list(left)
