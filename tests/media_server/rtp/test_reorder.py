"""Packets come out once, in order, and what is lost is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.packet import RtpPacket
from media_server.rtp.reorder import DEFAULT_CAPACITY, RESTART_DISTANCE, InOrder, ReorderBuffer


def packet(number: int) -> RtpPacket:
    return RtpPacket(96, number & 0xFFFF, 0, 1, payload=number.to_bytes(4, "big"))


def numbers(released: list[InOrder]) -> list[int]:
    return [item.packet.sequence_number for item in released]


@pytest.mark.parametrize("start", [0, 1, 32_766, 65_534, 65_535])
def test_a_repair_within_the_wait_fills_its_gap(start: int) -> None:
    buffer = ReorderBuffer(wait_s=0.15)
    assert numbers(buffer.receive(packet(start), now=0)) == [start & 0xFFFF]
    assert buffer.receive(packet(start + 2), now=0.01) == []
    assert buffer.receive(packet(start + 3), now=0.02) == []
    assert buffer.poll(now=0.1) == []
    released = buffer.receive(packet(start + 1), now=0.14)
    assert numbers(released) == [(start + n) & 0xFFFF for n in (1, 2, 3)]
    assert [item.lost_before for item in released] == [0, 0, 0]
    assert buffer.next_deadline() is None


def test_a_gap_is_given_up_after_the_wait_and_its_size_is_said() -> None:
    buffer = ReorderBuffer(wait_s=0.15)
    buffer.receive(packet(65_534), now=0)
    assert buffer.receive(packet(65_534 + 4), now=1.0) == []
    assert buffer.next_deadline() == pytest.approx(1.15)
    assert buffer.poll(now=1.149) == []
    (released,) = buffer.poll(now=1.15)
    assert (released.packet.sequence_number, released.lost_before) == (2, 3)
    assert buffer.lost == 3


def test_what_comes_after_it_was_given_up_is_left_out_and_counted() -> None:
    buffer = ReorderBuffer(wait_s=0.1)
    buffer.receive(packet(1), now=0)
    buffer.receive(packet(3), now=0)
    buffer.poll(now=0.2)
    assert buffer.receive(packet(2), now=0.3) == []
    assert buffer.late == 1
    assert numbers(buffer.receive(packet(4), now=0.3)) == [4]


def test_each_gap_is_waited_for_from_when_it_was_seen() -> None:
    buffer = ReorderBuffer(wait_s=0.1)
    buffer.receive(packet(1), now=0)
    buffer.receive(packet(3), now=0)
    buffer.receive(packet(5), now=0.05)
    assert numbers(buffer.poll(now=0.1)) == [3]
    assert buffer.poll(now=0.149) == []
    assert numbers(buffer.receive(packet(4), now=0.149)) == [4, 5]


def test_a_full_buffer_gives_up_its_oldest_gap_at_once() -> None:
    buffer = ReorderBuffer(wait_s=10)
    buffer.receive(packet(0), now=0)
    released: list[InOrder] = []
    for number in range(2, DEFAULT_CAPACITY + 3):
        released += buffer.receive(packet(number), now=0)
    assert numbers(released) == list(range(2, DEFAULT_CAPACITY + 3))
    assert [item.lost_before for item in released if item.lost_before] == [1]


@pytest.mark.parametrize("jump", [RESTART_DISTANCE + 10, -RESTART_DISTANCE - 10])
def test_a_source_that_starts_anew_is_followed_and_the_break_is_said(jump: int) -> None:
    buffer = ReorderBuffer(wait_s=10)
    buffer.receive(packet(10_000), now=0)
    buffer.receive(packet(10_002), now=0)
    released = buffer.receive(packet(10_000 + jump), now=0)
    assert numbers(released) == [10_002, 10_000 + jump]
    assert all(item.lost_before for item in released)
    assert numbers(buffer.receive(packet(10_000 + jump + 1), now=0)) == [10_000 + jump + 1]


@given(
    start=st.integers(0, 65_535),
    lost=st.sets(st.integers(1, 118), max_size=20),
    displaced=st.lists(st.tuples(st.integers(0, 118), st.integers(0, 12)), max_size=20),
    repeated=st.sets(st.integers(0, 118), max_size=20),
)
def test_every_packet_that_arrives_in_time_comes_out_once_in_order(
    start: int, lost: set[int], displaced: list[tuple[int, int]], repeated: set[int]
) -> None:
    arrivals = [number for number in range(120) if number not in lost]
    for index, by in displaced:
        if 0 < index < len(arrivals):
            arrivals.insert(min(len(arrivals), index + by), arrivals.pop(index))
    arrivals += [number for number in sorted(repeated) if number not in lost]
    buffer = ReorderBuffer(wait_s=1)
    released = [item for number in arrivals for item in buffer.receive(packet(start + number), now=0)]
    released += buffer.poll(now=2)
    came_out = [int.from_bytes(item.packet.payload, "big") - start for item in released]
    assert came_out == [number for number in range(120) if number not in lost]
    assert sum(item.lost_before for item in released) == len([number for number in lost if number < 119])
