"""What workers say to each other over HTTP is read within bounds, and only RelayError comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.relay.answer import MAX_ANSWER_BYTES, REDUNDANT, PullAnswer, PulledTrack
from media_server.relay.offer import MAX_OFFER_BYTES, PullOffer, RelayError
from media_server.sdp import Codec

SEEDS = Path(__file__).parent / "seeds"
OPUS = PulledTrack("audio", Codec("opus", 97, 48_000, 2, {}, ("nack",), red_payload_type=REDUNDANT), (0x11,))
VP8 = PulledTrack("video", Codec("VP8", 96, 90_000, 1, {"max-fr": "30"}, ("nack", "nack pli")), (0x21, 0x22, 0x23))
ANSWER = PullAnswer(("127.0.0.1", 4000), 7, True, 6.0, (OPUS, VP8))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_an_offer_is_read_as_it_was_written() -> None:
    offer = replace(PullOffer.generate((6, 4)), kinds=("video",))
    assert PullOffer.parse(offer.serialize()) == offer
    assert PullOffer.generate().key != offer.key


def test_an_offer_that_says_nothing_of_families_is_of_ipv4() -> None:
    told = json.loads(PullOffer.generate((6,)).serialize())
    del told["ip_versions"]
    assert PullOffer.parse(json.dumps(told).encode()).ip_versions == (4,)


def test_an_answer_may_name_an_address_of_either_family() -> None:
    answer = replace(ANSWER, address=("2001:db8::5", 4000))
    assert PullAnswer.parse(answer.serialize()) == answer


def test_an_answer_is_read_as_it_was_written() -> None:
    alternative = replace(VP8, codec=replace(VP8.codec, payload_type=98), layers=(0x31,), is_alternative=True)
    answer = replace(ANSWER, tracks=(OPUS, VP8, alternative))
    assert PullAnswer.parse(answer.serialize()) == answer


def test_the_key_is_in_no_log() -> None:
    offer = PullOffer.generate()
    assert repr(offer.key.raw) not in repr(offer)


@pytest.mark.parametrize("path", sorted(SEEDS.glob("offer-*.json")), ids=lambda path: path.stem)
def test_what_is_no_offer_is_refused_with_a_reason(path: Path) -> None:
    with pytest.raises(RelayError, match=r"\w"):
        PullOffer.parse(path.read_bytes())


@pytest.mark.parametrize("path", sorted(SEEDS.glob("answer-*.json")), ids=lambda path: path.stem)
def test_what_is_no_answer_is_refused_with_a_reason(path: Path) -> None:
    with pytest.raises(RelayError, match=r"\w"):
        PullAnswer.parse(path.read_bytes())


def test_what_is_wrong_with_a_key_is_told_without_it() -> None:
    told = json.loads(PullOffer.generate().serialize())
    with pytest.raises(RelayError) as refused:
        PullOffer.parse(json.dumps(told | {"key": told["key"] + "secret"}).encode())
    assert told["key"] not in str(refused.value)


def test_bodies_of_any_length_cost_nothing() -> None:
    with pytest.raises(RelayError, match="longer"):
        PullOffer.parse(PullOffer.generate().serialize() + b" " * MAX_OFFER_BYTES)
    with pytest.raises(RelayError, match="longer"):
        PullAnswer.parse(ANSWER.serialize() + b" " * MAX_ANSWER_BYTES)


@pytest.mark.parametrize(
    "tracks",
    [
        (OPUS, replace(VP8, layers=OPUS.layers)),
        (OPUS, replace(VP8, codec=replace(VP8.codec, payload_type=97))),
        (VP8, replace(VP8, codec=replace(VP8.codec, payload_type=99), layers=(5,))),
        (OPUS, replace(VP8, is_alternative=True)),
    ],
    ids=["ssrc", "payload-type", "kind", "alternative"],
)
def test_tracks_that_cannot_be_told_apart_are_refused(tracks: tuple[PulledTrack, ...]) -> None:
    with pytest.raises(RelayError):
        PullAnswer.parse(replace(ANSWER, tracks=tracks).serialize())


@pytest.mark.parametrize("parse", [PullOffer.parse, PullAnswer.parse], ids=["offer", "answer"])
@given(body=st.binary(max_size=300))
def test_no_bytes_raise_anything_but_relay_errors(parse: Callable[[bytes], object], body: bytes) -> None:
    with suppress(RelayError):
        parse(body)


@pytest.mark.parametrize("parse", [PullOffer.parse, PullAnswer.parse], ids=["offer", "answer"])
@given(
    told=st.dictionaries(
        st.sampled_from(["key", "ssrc", "kinds", "ip_versions", "host", "port", "tracks"]), json_values
    )
)
def test_no_object_raises_anything_but_relay_errors(parse: Callable[[bytes], object], told: dict[str, object]) -> None:
    with suppress(RelayError):
        parse(json.dumps(told).encode())


@given(
    place=st.sampled_from(["kind", "codec", "layers", "is_alternative"]),
    part=st.sampled_from([None, "name", "payload_type", "clock_rate", "channels", "fmtp"]),
    value=json_values,
)
def test_an_answer_with_a_part_exchanged_is_read_or_refused(place: str, part: str | None, value: object) -> None:
    told: dict[str, Any] = json.loads(ANSWER.serialize())
    track = told["tracks"][1]
    if part is None or place != "codec":
        track[place] = value
    else:
        track["codec"][part] = value
    with suppress(RelayError):
        PullAnswer.parse(json.dumps(told).encode())
