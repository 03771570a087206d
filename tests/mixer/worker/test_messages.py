"""What others send is read strictly: one error for all that cannot be, and nothing of it is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.worker.desired import MAX_SPEC_BYTES, read_spec
from mixer.worker.inbox import (
    MAX_COMMANDS,
    MAX_MESSAGE_BYTES,
    FromMember,
    LoadRequest,
    ReloadRequest,
    read_incoming,
)
from mixer.worker.rejected import MessageRejected

TRACK: dict[str, Any] = {
    "track_id": "0d8f",
    "content_id": "ab" * 32,
    "object_key": "tracks/u/2026/11/22/t/original.mp3",
    "suffix": ".mp3",
    "title": "A title",
    "artist": None,
    "duration_s": 200,
    "bpm": 128,
    "grid_frame": 100.5,
    "key": None,
    "camelot": None,
    "trim_db": -2.0,
    "hot_cues": [None, 5, None, None, None, None, None, None],
    "cue_frame": 0,
    "structure": {"sound_start_s": 0, "sound_end_s": 200, "intro_end_s": 15.5, "outro_start_s": 180},
}
SPEC: dict[str, Any] = {
    "stream_id": "b6062bbe-419c-437c-bfef-85f385a5f61c",
    "revision": 3,
    "deck_count": 2,
    "on_air": False,
    "opus_bitrate_bps": 128_000,
    "recording_room_bytes": 2**30,
    "lead": "u",
    "members": [{"user_id": "u", "name": "Somebody"}],
    "feed": {"url": "http://127.0.0.1:3100/feed/b6062bbe", "token": "a.secret.token"},
    "queue": [{"entry_id": "e", "track": TRACK}],
}
MEMBER: dict[str, Any] = {"user": "u", "device": "d", "via": "data", "commands": [[1, {"command": "Play"}]], "ping": 7}
LOAD: dict[str, Any] = {"request": "r", "user": "u", "load": {"deck": 1, "track": TRACK}}
RELOAD: dict[str, Any] = {"request": "r", "reload": TRACK}

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def test_each_kind_is_told_from_the_others() -> None:
    member = read_incoming(json.dumps(MEMBER))
    assert isinstance(member, FromMember)
    assert member.commands == [(1, {"command": "Play"})]
    load = read_incoming(json.dumps(LOAD))
    assert isinstance(load, LoadRequest)
    assert load.load.track is not None
    assert load.load.track.grid == (128.0, 100.5)
    empty = read_incoming(json.dumps(LOAD | {"load": {"deck": 0, "track": None}}))
    assert isinstance(empty, LoadRequest)
    assert empty.load.track is None
    assert isinstance(read_incoming(json.dumps(RELOAD)), ReloadRequest)


def test_a_spec_is_read_whole_and_says_nothing_of_its_token() -> None:
    spec = read_spec(json.dumps(SPEC), stream_id=SPEC["stream_id"])
    assert (spec.member_name("u"), spec.member_name("v")) == ("Somebody", None)
    assert spec.queue[0].track.structure is not None
    assert "secret" not in repr(spec)


@pytest.mark.parametrize(
    "changed",
    [
        {"stream_id": "another-stream"},
        {"revision": "3"},
        {"deck_count": 3},
        {"on_air": 1},
        {"opus_bitrate_bps": 6_000},
        {"recording_room_bytes": -1},
        {"members": [{"user_id": "u"}]},
        {"feed": {"url": "file:///etc/passwd", "token": "t"}},
        {"queue": [{"entry_id": "e", "track": TRACK}] * 21},
        {"queue": [{"entry_id": "e", "track": TRACK | {"object_key": "../../etc/passwd"}}]},
        {"queue": [{"entry_id": "e", "track": TRACK | {"object_key": "/etc/passwd"}}]},
        {"queue": [{"entry_id": "e", "track": TRACK | {"content_id": "../x"}}]},
        {"queue": [{"entry_id": "e", "track": TRACK | {"suffix": "/../x"}}]},
        {"queue": [{"entry_id": "e", "track": TRACK | {"bpm": 0.0}}]},
        {"queue": [{"entry_id": "e", "track": TRACK | {"hot_cues": [1.0] * 9}}]},
    ],
    ids=lambda changed: "-".join(changed) + str(len(str(changed))),
)
def test_a_spec_that_makes_no_sense_is_rejected_without_its_secret(changed: dict[str, Any]) -> None:
    with pytest.raises(MessageRejected) as rejected:
        read_spec(json.dumps(SPEC | changed), stream_id=SPEC["stream_id"])
    assert "secret" not in str(rejected.value)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(MEMBER | {"commands": [[1, {}]] * (MAX_COMMANDS + 1)}),
        json.dumps(MEMBER | {"commands": [[0, {}]]}),
        json.dumps(MEMBER | {"commands": [[2**60, {}]]}),
        json.dumps(MEMBER | {"commands": [[1, []]]}),
        json.dumps(MEMBER | {"device": "d" * 65}),
        json.dumps(MEMBER | {"device": "a b"}),
        json.dumps(MEMBER | {"ping": "p" * 300}),
        json.dumps(LOAD | {"load": {"deck": 4, "track": None}}),
        json.dumps(LOAD | {"user": 5}),
        json.dumps(RELOAD | {"reload": None}),
        json.dumps(MEMBER) + " " * MAX_MESSAGE_BYTES,
        "[" * 5_000 + "]" * 5_000,
        '{"user": NaN}',
        "",
    ],
    ids=range(14),
)
def test_a_message_that_makes_no_sense_is_rejected(text: str) -> None:
    with pytest.raises(MessageRejected):
        read_incoming(text)


def test_a_spec_has_a_largest_size() -> None:
    with pytest.raises(MessageRejected):
        read_spec(json.dumps(SPEC) + " " * MAX_SPEC_BYTES, stream_id=SPEC["stream_id"])


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_bytes_are_read_or_rejected(text: str | bytes) -> None:
    for read in (read_incoming, lambda text: read_spec(text, stream_id="s")):
        try:
            read(text)
        except MessageRejected:
            continue


@given(
    st.sampled_from([MEMBER, LOAD, RELOAD, SPEC]),
    st.sampled_from(sorted({*MEMBER, *LOAD, *RELOAD, *SPEC})),
    ANY_JSON,
)
def test_any_value_in_any_place_is_read_or_rejected(message: dict[str, Any], name: str, value: Any) -> None:
    text = json.dumps(message | {name: value})
    for read in (read_incoming, lambda text: read_spec(text, stream_id=SPEC["stream_id"])):
        try:
            read(text)
        except MessageRejected:
            continue
