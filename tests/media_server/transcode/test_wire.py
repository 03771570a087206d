"""Messages between a worker and its processes: they come back as they went, and nonsense raises WireError alone."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.hub.frames import Frame, TrackFormat
from media_server.transcode import still
from media_server.transcode.renditions import Rendition
from media_server.transcode.wire import (
    HEADER,
    MAX_MESSAGE_BYTES,
    FromProcess,
    MadeFormat,
    MadePicture,
    Outputs,
    Progress,
    Source,
    SourceFrame,
    ToProcess,
    WireError,
    pack,
    parse,
    parse_header,
)

FORMAT = TrackFormat("h264", b"\x01\x42\xc0\x1e", width=1280, height=720)
KINDS = [b"S", b"O", b"F", b"T", b"P", b"A", b"?"]
SEEDS = sorted((Path(__file__).parent / "seeds").glob("wire-*.hex"))
STILL_SEEDS = sorted((Path(__file__).parent / "seeds").glob("still-*.hex"))


@pytest.mark.parametrize(
    "message",
    [
        Source(7, FORMAT),
        Source(0xFFFFFFFF, TrackFormat("vp8", b"", width=2, height=2)),
        Outputs(()),
        Outputs((Rendition("video:360", 640, 360, 700_000, "360p", True), Rendition("a", 2, 2, 1, "é", False))),
        SourceFrame(7, True, Frame(-9_000, -3_000, True, b"\x00\x01")),
        SourceFrame(7, False, Frame(1 << 40, 1 << 41, False, b"")),
        MadeFormat(7, "video:360", FORMAT),
        MadePicture(7, 255, Frame(-1, -1, True, b"picture")),
        Progress(7, -5, 1.25),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_comes_back_as_it_went(message: ToProcess | FromProcess) -> None:
    packed = pack(message)
    kind, length = parse_header(packed[: HEADER.size])
    assert length == len(packed) - HEADER.size
    assert parse(kind, packed[HEADER.size :]) == message


@pytest.mark.parametrize("header", [b"", b"P", HEADER.pack(b"P", MAX_MESSAGE_BYTES + 1)])
def test_a_header_that_is_cut_or_promises_too_much_is_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        parse_header(header)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"O", b'{"renditions": [' + b"{}," * 20 + b"{}]}"),
        (b"S", b'{"epoch": 1, "codec": "h265", "config": "", "width": 1, "height": 1}'),
        (b"T", b'{"epoch": -1, "track_id": "a", "codec": "h264", "config": "", "width": 1, "height": 1}'),
        (b"T", b"[" * 100_000),
        (b"S", b"\xff\xfe"),
    ],
    ids=["renditions", "codec", "epoch", "nested", "bytes"],
)
def test_nonsense_is_refused(kind: bytes, body: bytes) -> None:
    with pytest.raises(WireError):
        parse(kind, body)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_seeds_raise_nothing_else(seed: Path) -> None:
    data = bytes.fromhex(seed.read_text())
    with suppress(WireError):
        parse(data[:1], data[1:])


@given(kind=st.sampled_from(KINDS), body=st.binary(max_size=200))
def test_no_body_raises_anything_else(kind: bytes, body: bytes) -> None:
    with suppress(WireError):
        parse(kind, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["epoch", "renditions", "codec", "config", "width", "height", "track_id", "sizes"]), inner
        )
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from([b"S", b"O", b"T"]), fields=JSON)
def test_no_json_raises_anything_else(kind: bytes, fields: object) -> None:
    with suppress(WireError):
        parse(kind, json.dumps(fields).encode())


def test_a_request_for_a_still_and_its_answer_come_back_as_they_went() -> None:
    request = still.StillRequest(FORMAT, b"key", (b"one", b"", b"three"))
    assert still.parse_request(still.pack_request(request)[still.LENGTH.size :]) == request
    answer = still.Still(b"jpeg", b"small", b"webp")
    assert still.parse_answer(still.pack_answer(answer)[still.LENGTH.size :]) == answer
    assert still.parse_answer(still.pack_answer(None)[still.LENGTH.size :]) is None
    with pytest.raises(WireError):
        still.parse_length(still.LENGTH.pack(MAX_MESSAGE_BYTES + 1))


@pytest.mark.parametrize("seed", STILL_SEEDS, ids=lambda path: path.stem)
def test_seeds_of_stills_raise_nothing_else(seed: Path) -> None:
    data = bytes.fromhex(seed.read_text())
    with suppress(WireError):
        still.parse_request(data)
    with suppress(WireError):
        still.parse_answer(data)


@given(
    head=st.binary(max_size=60) | JSON.map(lambda fields: json.dumps(fields).encode()),
    rest=st.binary(max_size=40),
)
def test_no_still_raises_anything_else(head: bytes, rest: bytes) -> None:
    body = still.LENGTH.pack(len(head)) + head + rest
    with suppress(WireError):
        still.parse_request(body)
    with suppress(WireError):
        still.parse_answer(body)
    with suppress(WireError):
        still.parse_answer(rest)
