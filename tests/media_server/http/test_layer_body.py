"""What viewers post to choose a layer: read as the draft has it, or refused in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from media_server.http.layers import LayerBody, layers_event
from media_server.router.layer_choice import LayerChoice, LayerOffer
from media_server.sessions.layer_ask import LayerAsk

NAMES = [
    "mediaId",
    "rid",
    "encodingId",
    "spatialLayerId",
    "temporalLayerId",
    "maxSpatialLayerId",
    "maxTemporalLayerId",
    "maxWidth",
    "maxHeight",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_every_name_of_the_draft_is_read() -> None:
    said = {
        "mediaId": "1",
        "rid": "2",
        "spatialLayerId": 1,
        "temporalLayerId": 0,
        "maxSpatialLayerId": 2,
        "maxTemporalLayerId": 3,
        "maxWidth": 1280,
        "maxHeight": 720,
    }
    body = LayerBody.model_validate_json(json.dumps(said))
    assert body.media_id == "1"
    assert body.as_ask() == LayerAsk(2, 1, 0, 2, 3, 1280, 720)
    older = LayerBody.model_validate_json('{"encodingId": "1"}')
    assert older.as_ask() == LayerAsk(layer=1)


@given(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=4))
def test_any_body_is_read_or_refused(said: dict[str, object]) -> None:
    try:
        body = LayerBody.model_validate_json(json.dumps(said))
    except ValidationError:
        return
    if body.rid is None or (body.rid.isascii() and body.rid.isdigit()):
        body.as_ask()
    else:
        with pytest.raises(ValueError, match="rid"):
            body.as_ask()


def test_the_layers_of_an_event_are_named_as_they_are_asked_for() -> None:
    offers = (LayerOffer(LayerChoice(0), 151_234, True, 320, 180), LayerOffer(LayerChoice(1), 7, False))
    assert layers_event({"1": offers}) == {
        "1": [
            {"rid": "1", "spatialLayerId": 0, "temporalLayerId": 0, "bitrate": 0},
            {"rid": "0", "spatialLayerId": 0, "temporalLayerId": 0, "bitrate": 150_000, "width": 320, "height": 180},
        ]
    }
