"""Arithmetic at the wrap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.sequence import (
    is_newer,
    sequence_delta,
    sequence_unwrapper,
    timestamp_delta,
    timestamp_unwrapper,
)

u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)


@given(u16, st.integers(-0x8000, 0x7FFF))
def test_a_sequence_delta_is_found_across_any_wrap(start: int, step: int) -> None:
    assert sequence_delta((start + step) & 0xFFFF, start) == step
    assert is_newer((start + step) & 0xFFFF, start) == (step > 0)


@given(u32, st.integers(-0x80000000, 0x7FFFFFFF))
def test_a_timestamp_delta_is_found_across_any_wrap(start: int, step: int) -> None:
    assert timestamp_delta((start + step) & 0xFFFFFFFF, start) == step


@given(u16, st.lists(st.integers(-0x7FFF, 0x7FFF), max_size=50))
def test_unwrapping_follows_every_walk_of_less_than_half_the_circle(start: int, steps: list[int]) -> None:
    unwrapper = sequence_unwrapper()
    position = unwrapper.unwrap(start)
    assert position == start
    for step in steps:
        position += step
        assert unwrapper.unwrap(position & 0xFFFF) == position


@given(u32, st.lists(st.integers(-0x7FFFFFFF, 0x7FFFFFFF), max_size=50))
def test_timestamps_unwrap_alike(start: int, steps: list[int]) -> None:
    unwrapper = timestamp_unwrapper()
    position = unwrapper.unwrap(start)
    for step in steps:
        position += step
        assert unwrapper.unwrap(position & 0xFFFFFFFF) == position
