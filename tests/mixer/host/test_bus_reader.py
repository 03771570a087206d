"""A reader of shared memory gives every block of its own session once, in order, and counts what it missed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mixer.host.bus_reader import BusReader
from mixer.host.settings import Bus
from mixer.host.shared import NEVER, Shared

BLOCK = 240
OWN, OTHER = 7, 8


@pytest.fixture
def shared() -> Iterator[Shared]:
    made = Shared.create(2, BLOCK)
    yield made
    made.close()


def tick(shared: Shared, frame: int, *, generation: int = OWN, skip: int = 0) -> None:
    """What an engine process does in a tick for place 1; `skip` ticks were done unheard before it."""
    number = shared.newest + 1 + skip
    slot = number % shared.ticks
    shared.slot_ticks[slot] = NEVER
    shared.slot_frames[slot] = frame
    shared.slot_generations[slot] = generation
    shared.buses[Bus.CUE, slot, 1] = frame
    shared.slot_ticks[slot] = number
    shared.control["newest"] = number


def read_all(reader: BusReader) -> list[int]:
    frames = []
    while (block := reader.read()) is not None:
        _, frame, pcm = block
        assert np.all(pcm == frame)
        frames.append(frame)
    return frames


def test_blocks_come_once_and_from_now_on(shared: Shared) -> None:
    tick(shared, 0)
    reader = BusReader(shared, 1, OWN, Bus.CUE)
    assert not reader.has_more()
    for frame in (240, 480, 720):
        tick(shared, frame)
    assert reader.has_more()
    assert read_all(reader) == [240, 480, 720]
    assert read_all(reader) == []
    assert reader.gaps == 0


def test_another_session_of_the_same_place_is_not_heard(shared: Shared) -> None:
    reader = BusReader(shared, 1, OWN, Bus.CUE)
    tick(shared, 90_000, generation=OTHER)
    tick(shared, 0)
    tick(shared, 240, generation=OTHER)
    assert read_all(reader) == [0]


def test_what_an_engine_did_unheard_is_one_gap(shared: Shared) -> None:
    reader = BusReader(shared, 1, OWN, Bus.CUE)
    tick(shared, 0)
    tick(shared, 240)
    tick(shared, 240 * 62, skip=60)
    tick(shared, 240 * 63)
    assert read_all(reader) == [0, 240, 240 * 62, 240 * 63]
    assert reader.gaps == 1


def test_a_reader_that_is_overtaken_goes_on_at_the_present(shared: Shared) -> None:
    reader = BusReader(shared, 1, OWN, Bus.CUE)
    ticks = 2 * shared.ticks
    for number in range(ticks):
        tick(shared, number * BLOCK)
        if number == 0:
            assert read_all(reader) == [0]
    assert read_all(reader) == [(ticks - 1) * BLOCK]
    assert reader.gaps == 1


def test_a_reader_that_is_too_slow_loses_much_at_once_and_not_something_all_the_time(shared: Shared) -> None:
    reader = BusReader(shared, 1, OWN, Bus.CUE)
    read = 0
    for number in range(6 * shared.ticks):
        tick(shared, number * BLOCK)
        # It gets to every second block only.
        read += number % 2 and reader.read() is not None
    assert read == 3 * shared.ticks
    assert reader.gaps <= 3
