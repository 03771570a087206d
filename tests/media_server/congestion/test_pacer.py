"""Frames that come whole leave in slices, in order, in time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.pacer import MAX_WAIT_S, RUN_PACKETS, SLICE_S, Pacer

CLOCK_RATE = 90_000


@dataclass(frozen=True)
class Packet:
    index: int
    timestamp: int


def frame(packets: int, *, first: int = 0, timestamp: int = 0) -> list[Packet]:
    return [Packet(first + number, timestamp) for number in range(packets)]


def slices(pacer: Pacer[Packet], batch: list[Packet], *, seconds: float) -> list[tuple[float, int]]:
    """When how many packets left."""
    times = [step * SLICE_S for step in range(1, round(seconds / SLICE_S) + 1)]
    left = [(0.0, len(pacer.take(batch, now=0.0))), *((at, len(pacer.due(now=at))) for at in times)]
    return [(at, count) for at, count in left if count]


def test_a_frame_that_the_kernel_takes_as_one_run_leaves_at_once_as_it_came() -> None:
    batch = frame(RUN_PACKETS)
    assert Pacer[Packet](CLOCK_RATE).take(batch, now=0.0) is batch


def test_a_key_frame_leaves_in_slices_within_the_time_of_a_frame() -> None:
    left = slices(Pacer(CLOCK_RATE), frame(200), seconds=0.2)
    assert left[0][0] == 0.0
    assert left[-1][0] < 1 / 30
    assert max(count for _, count in left) <= 50
    assert sum(count for _, count in left) == 200


def test_at_sixty_frames_a_second_the_time_is_half_as_long() -> None:
    pacer: Pacer[Packet] = Pacer(CLOCK_RATE)
    pacer.take(frame(3, timestamp=0), now=-1 / 60)
    left = slices(pacer, frame(200, timestamp=CLOCK_RATE // 60), seconds=0.2)
    assert left[-1][0] < 1 / 60
    assert sum(count for _, count in left) == 200


def test_slices_are_whole_runs_until_the_last() -> None:
    left = slices(Pacer(CLOCK_RATE), frame(80), seconds=0.2)
    assert [count for _, count in left] == [32, 32, 16]


def test_what_has_waited_too_long_goes_at_once() -> None:
    pacer: Pacer[Packet] = Pacer(CLOCK_RATE)
    pacer.take(frame(500), now=0.0)
    late = MAX_WAIT_S + 0.01
    assert len(pacer.due(now=late)) == 500 - 125
    assert not pacer.due(now=late)


def test_what_waits_can_be_had_at_once() -> None:
    pacer: Pacer[Packet] = Pacer(CLOCK_RATE)
    left = pacer.take(frame(100), now=0.0)
    assert len(left) + len(pacer.flush()) == 100
    assert not pacer.flush()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0.0, 0.05)), max_size=40))
def test_whatever_comes_leaves_in_order_and_soon(frames: list[tuple[int, float]]) -> None:
    pacer: Pacer[Packet] = Pacer(CLOCK_RATE)
    came: dict[int, float] = {}
    left: list[int] = []
    now, first = 0.0, 0
    longest = 0.0
    for packets, wait_s in frames:
        until = now + wait_s
        while True:
            for packet in pacer.due(now=now):
                left.append(packet.index)
                longest = max(longest, now - came[packet.index])
            if now + SLICE_S > until:
                break
            now += SLICE_S
        now = until
        batch = frame(packets, first=first, timestamp=round(now * CLOCK_RATE) & 0xFFFFFFFF)
        came |= {packet.index: now for packet in batch}
        first += packets
        for packet in pacer.take(batch, now=now):
            left.append(packet.index)
            longest = max(longest, now - came[packet.index])
    left += [packet.index for packet in pacer.flush()]
    assert left == list(range(first))
    assert longest <= MAX_WAIT_S + 2 * SLICE_S + 0.05
    assert all(earlier < later for earlier, later in pairwise(left))
