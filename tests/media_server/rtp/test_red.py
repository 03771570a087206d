"""Redundant audio data comes back as it was written, and what is none raises ParseError alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.red import MAX_OFFSET, MAX_REDUNDANT_BYTES, RedBlock, parse_red, write_red

SEEDS = sorted((Path(__file__).parent / "seeds").glob("red-*.hex"))
payload_types = st.integers(0, 127)
redundant = st.builds(RedBlock, payload_types, st.integers(0, MAX_OFFSET), st.binary(max_size=MAX_REDUNDANT_BYTES))
primary = st.builds(RedBlock, payload_types, st.just(0), st.binary(max_size=200))


@given(st.lists(redundant, max_size=8), primary)
def test_blocks_come_back_as_they_were(before: list[RedBlock], last: RedBlock) -> None:
    assert parse_red(write_red([*before, last])) == (*before, last)


def test_the_layout_is_that_of_rfc_2198() -> None:
    blocks = parse_red(bytes.fromhex("ef0f00026faabbcc"))
    assert blocks == (RedBlock(111, 960, b"\xaa\xbb"), RedBlock(111, 0, b"\xcc"))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_parse_error(seed: Path) -> None:
    with pytest.raises(ParseError):
        parse_red(bytes.fromhex(seed.read_text()))


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with suppress(ParseError):
        parse_red(data)
