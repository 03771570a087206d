"""Reading what strangers send: an event is understood, or refused with one kind of error."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.messages import EventError, Nothing, StreamRef, parse, stream_of_room, stream_room

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
near_misses = st.dictionaries(st.sampled_from(["streamId", "stream_id", "id"]), anything, max_size=3)


@given(st.lists(anything | near_misses, max_size=3))
def test_any_payload_is_understood_or_refused_as_invalid(arguments: list[Any]) -> None:
    for model in (StreamRef, Nothing):
        refusal = None
        try:
            parse(model, tuple(arguments))
        except EventError as error:
            refusal = error
        if refusal is not None:
            assert refusal.code == "VALIDATION_ERROR"
            assert 0 < len(refusal.message) < 300


def test_both_spellings_of_no_payload_are_understood() -> None:
    assert parse(Nothing, ()) == parse(Nothing, ({},)) == Nothing()


def test_a_stream_is_known_by_its_camel_case_id_alone() -> None:
    stream_id = uuid4()
    assert parse(StreamRef, ({"streamId": str(stream_id)},)).stream_id == stream_id
    with pytest.raises(EventError):
        parse(StreamRef, ({"stream_id": str(stream_id)},))


def test_the_room_of_a_stream_leads_back_to_it_and_other_rooms_to_none() -> None:
    stream_id = uuid4()
    assert stream_of_room(stream_room(stream_id)) == stream_id
    assert stream_of_room("lobby") is None
