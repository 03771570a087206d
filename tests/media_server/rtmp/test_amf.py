"""AMF0 and AMF3: round trips, what is tolerated, and hostile bytes."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp import amf0
from media_server.rtmp.amf_source import MAX_VALUES
from media_server.rtmp.errors import RtmpError

SEEDS = sorted((Path(__file__).parent / "seeds").glob("amf-*.hex"))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
numbers = st.floats(allow_nan=False)
plain = st.none() | st.booleans() | numbers | text
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text.filter(bool), inner, max_size=4),
    max_leaves=20,
)


def decoded(data: str) -> list[Any]:
    return list(amf0.decode(bytes.fromhex(data)))


@given(st.lists(values, max_size=5))
def test_what_is_written_is_read_back(written: list[Any]) -> None:
    assert amf0.decode(amf0.encode(*written)) == written


@given(st.dictionaries(text.filter(bool), plain, max_size=6))
def test_arrays_with_names_are_read_as_objects(members: dict[str, Any]) -> None:
    assert amf0.decode(amf0.encode_ecma_array(members)) == [members]


def test_a_long_string_is_written_as_one() -> None:
    long = "x" * 70_000
    assert amf0.encode(long)[0] == 12
    assert amf0.decode(amf0.encode(long)) == [long]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("05", [None]),
        ("06", [None]),
        ("0d", [None]),
        ("0b 3ff8000000000000 0000", [1.5]),
        ("0f 00000003 3c612f", ["<a/"]),
        ("10 0003 466f6f 0001 61 05 000009", [{"a": None}]),
        ("08 00000063 0001 61 0101 000009", [{"a": True}]),
        ("0a 00000001 03 000009 07 0001", [[{}], {}]),
        ("02 0002 fffe", ["\ufffd\ufffd"]),
    ],
)
def test_rarer_types_are_read(data: str, expected: list[Any]) -> None:
    assert decoded(data) == expected


def test_an_empty_name_is_no_end_of_an_object() -> None:
    assert decoded("03 0000 0101 000009") == [{"": True}]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("11 00", [None]),
        ("11 02", [False]),
        ("11 03", [True]),
        ("11 04 7f", [127.0]),
        ("11 04 bfffffff", [268_435_455.0]),
        ("11 04 ffffffff", [-1.0]),
        ("11 05 3ff8000000000000", [1.5]),
        ("11 06 07 616263", ["abc"]),
        ("11 08 01 3ff8000000000000", [1.5]),
        ("11 09 05 01 03 06 03 61", [[True, "a"]]),
        ("11 09 03 03 78 03 01 02", [{"x": True, "0": False}]),
        ("11 0a 0b 01 03 61 03 01", [{"a": True}]),
        ("11 0a 13 07 466f6f 03 62 02", [{"b": False}]),
        ("11 0c 05 0102", [b"\x01\x02"]),
        ("11 0d 03 00 ffffffff", [[-1.0]]),
        ("11 0e 03 00 ffffffff", [[4294967295.0]]),
        ("11 0f 03 00 3ff8000000000000", [[1.5]]),
        ("11 10 03 00 01 03", [[True]]),
        ("11 11 03 00 06 03 6b 03", [{"k": True}]),
        ("11 09 05 01 06 03 61 06 00", [["a", "a"]]),
    ],
)
def test_amf3_is_tolerated(data: str, expected: list[Any]) -> None:
    assert decoded(data) == expected


def test_an_array_of_billions_costs_nothing() -> None:
    with pytest.raises(RtmpError):
        decoded("0a ffffffff")
    with pytest.raises(RtmpError):
        decoded("11 0f fffffffd 00")


def test_values_of_a_message_are_bounded() -> None:
    assert len(amf0.decode(b"\x05" * MAX_VALUES)) == MAX_VALUES
    with pytest.raises(RtmpError):
        amf0.decode(b"\x05" * (MAX_VALUES + 1))


@pytest.mark.parametrize("opening", ["030001 61", "0a00000001", "08000000010001 61", "11 09 03 01"])
def test_nesting_is_bounded(opening: str) -> None:
    with pytest.raises(RtmpError):
        amf0.decode(bytes.fromhex(opening) * 2000)


def test_numbers_that_are_none_are_read_as_such() -> None:
    (number,) = decoded("00 7ff8000000000000")
    assert math.isnan(number)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_rtmp_error(seed: Path) -> None:
    with pytest.raises(RtmpError):
        amf0.decode(bytes.fromhex(seed.read_text()))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x11", b"\x03\x00\x01a", b"\x0a\x00\x00\x00\x03", b"\x11\x0a"]))
def test_arbitrary_bytes_raise_rtmp_error_alone(data: bytes, opening: bytes) -> None:
    with suppress(RtmpError):
        amf0.decode(opening + data)
