"""Playlists that are compressed once for many viewers decompress to what each of them is told."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.egress.hls.compression import gzip_with
from media_server.egress.hls.deflate import LAST, can_repeat, compressed, repeated, stored

PLACE = "\0"
LETTERS = st.characters(exclude_characters=PLACE, exclude_categories=["Cs"])
TEXTS = st.lists(st.text(LETTERS, max_size=40), min_size=1, max_size=6)


def inflated(blocks: bytes) -> bytes:
    return zlib.decompress(blocks + LAST, wbits=-zlib.MAX_WBITS)


@given(TEXTS, st.text(LETTERS, max_size=700))
def test_what_comes_out_is_the_text_with_what_is_somebodys_own(pieces: list[str], own: str) -> None:
    compressed_text = gzip_with(PLACE.join(pieces), PLACE, own)
    assert gzip.decompress(compressed_text).decode() == own.join(pieces)


@pytest.mark.parametrize("length", [*range(3, 600), 65_535, 65_536, 70_000])
def test_references_of_every_length(length: int) -> None:
    own = bytes(number * 131 % 251 for number in range(length))
    if can_repeat(length, length):
        assert inflated(stored(own) + repeated(length, length)) == own + own
    else:
        assert inflated(stored(own)) == own
        assert gzip.decompress(gzip_with(f"a{PLACE}b{PLACE}", PLACE, "x" * length)) == b"a" + b"x" * length + (
            b"b" + b"x" * length
        )


@pytest.mark.parametrize("distance", [*range(4, 40), *(1 << power for power in range(6, 16)), 32_767, 24_577])
def test_references_over_every_distance(distance: int) -> None:
    own = b"own"
    between = bytes(number * 37 % 241 for number in range(distance - len(own)))
    assert can_repeat(len(own), distance)
    made = stored(own) + compressed(between, 1) + repeated(len(own), distance)
    assert inflated(made) == own + between + own


@pytest.mark.parametrize(("length", "distance"), [(1, 10), (2, 10), (3, 32_769)])
def test_what_deflate_cannot_refer_to(length: int, distance: int) -> None:
    assert not can_repeat(length, distance)


def test_equal_texts_for_others_cost_no_further_bytes_each_time() -> None:
    reports = "".join(f'#EXT-X-RENDITION-REPORT:URI="video-{number}.m3u8{PLACE}"\n' for number in range(6))
    token = "?token=" + "".join(chr(ord("A") + number * 37 % 26) for number in range(600))
    alone = len(gzip_with("#EXTM3U\n", PLACE, token))
    assert len(gzip_with("#EXTM3U\n" + reports, PLACE, token)) < alone + len(token) + 6 * 80
