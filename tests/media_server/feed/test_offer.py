"""What a mixer posts is read within bounds, and only FeedError comes out."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.feed.offer import MAX_OFFER_BYTES, FeedError, FeedOffer

SEEDS = sorted((Path(__file__).parent / "seeds").glob("offer-*.json"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ssrc", "key"]), inner, max_size=2),
    max_leaves=6,
)


def test_an_offer_is_read_as_it_was_written() -> None:
    offer = FeedOffer.generate()
    assert FeedOffer.parse(offer.serialize()) == offer
    assert len(offer.key.raw) == 44
    assert 0 not in (offer.programme_ssrc, offer.cue_ssrc, offer.talk_ssrc)


def test_a_feed_opened_anew_has_its_streams_under_another_key() -> None:
    offer = FeedOffer.generate()
    again = offer.with_new_key()
    assert again.key != offer.key
    assert (again.programme_ssrc, again.cue_ssrc, again.talk_ssrc) == (
        offer.programme_ssrc,
        offer.cue_ssrc,
        offer.talk_ssrc,
    )


def test_the_key_is_in_no_log() -> None:
    offer = FeedOffer.generate()
    assert repr(offer.key.raw) not in repr(offer)
    assert offer.key.raw.hex() not in repr(offer)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_what_is_no_offer_is_refused_with_a_reason(path: Path) -> None:
    with pytest.raises(FeedError, match=r"\w"):
        FeedOffer.parse(path.read_bytes())


def test_an_offer_of_any_length_costs_nothing() -> None:
    with pytest.raises(FeedError, match="longer"):
        FeedOffer.parse(FeedOffer.generate().serialize() + b" " * MAX_OFFER_BYTES)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_feed_errors(body: bytes) -> None:
    with suppress(FeedError):
        FeedOffer.parse(body)


@given(st.dictionaries(st.sampled_from(["key", "programme", "cue", "talk"]), json_values))
def test_no_object_raises_anything_but_feed_errors(told: dict[str, object]) -> None:
    with suppress(FeedError):
        FeedOffer.parse(json.dumps(told).encode())
