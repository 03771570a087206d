"""Frames on a stream: found however the stream was cut, and never more held than one of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media_server.transport.framing import MAX_FRAME_BYTES, FrameReader, FramingError, framed

SEEDS = sorted((Path(__file__).parent / "seeds").glob("frame-*.hex"))
FRAMES = st.lists(st.binary(min_size=1, max_size=MAX_FRAME_BYTES), max_size=8)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(FRAMES, st.lists(st.integers(0, 20_000), max_size=12))
@example([b"a"], [1])
@example([b"a" * MAX_FRAME_BYTES, b"b"], [1, 2, 3, 1502, 1503])
def test_frames_are_found_however_the_stream_was_cut(frames: list[bytes], places: list[int]) -> None:
    reader = FrameReader()
    found = [frame for chunk in cut(framed(frames), places) for frame in reader.receive(chunk)]
    assert found == frames


@given(st.lists(st.binary(max_size=3_000), max_size=10))
@example([b"\x05\xdc" + bytes(1_500)])
@example([b"\x05\xdd"])
@example([b"\xff", b"\xff"])
def test_any_stream_is_read_or_refused(chunks: list[bytes]) -> None:
    reader = FrameReader()
    try:
        for chunk in chunks:
            assert all(0 < len(frame) <= MAX_FRAME_BYTES for frame in reader.receive(chunk))
            assert len(reader._held) < MAX_FRAME_BYTES + 2
    except FramingError:
        return


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_seeds_are_read_or_refused_byte_by_byte_as_at_once(seed: Path) -> None:
    stream = bytes.fromhex(seed.read_text())
    assert outcome([stream]) == outcome([bytes((byte,)) for byte in stream])


def outcome(chunks: list[bytes]) -> list[bytes] | None:
    """The frames in a stream; None where it is refused."""
    reader = FrameReader()
    try:
        return [frame for chunk in chunks for frame in reader.receive(chunk)]
    except FramingError:
        return None


def test_what_is_longer_than_a_datagram_is_refused_by_its_length_alone() -> None:
    reader = FrameReader()
    assert reader.receive(b"\x05") == []
    with pytest.raises(FramingError):
        reader.receive(b"\xdd")


def test_an_empty_frame_is_passed_over() -> None:
    assert FrameReader().receive(b"\0\0" + framed([b"after"]) + b"\0\0") == [b"after"]
