"""Who is too slow for the encoder threads, and who only had to wait."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mixer.host.bus_reader import BusReader
from mixer.host.outputs import TURN_BLOCKS, Output, Tap
from mixer.host.pump import SLOW_S, Pump
from mixer.host.settings import Bus
from mixer.host.shared import Shared
from tests.mixer.rig import Audio
from tests.support.waiting import wait_until

BLOCK = 240
TICK_S = 0.005


class Ticks:
    """Shared memory with one session whose programme goes on each 5 ms, and the pump that is woken by it."""

    def __init__(self, threads: int) -> None:
        self.shared = Shared.create(1, BLOCK)
        self._wake = os.eventfd(0)
        self.pump = Pump(self._wake, threads)
        self._ends = False
        self._clock = threading.Thread(target=self._run)

    def start(self) -> None:
        self.pump.start()
        self._clock.start()

    def stop(self) -> None:
        self._ends = True
        self._clock.join()
        self.pump.stop()
        self.shared.close()
        os.close(self._wake)

    def tick(self) -> None:
        tick = self.shared.newest + 1
        slot = tick % self.shared.ticks
        self.shared.slot_frames[slot], self.shared.slot_generations[slot] = tick * BLOCK, 1
        self.shared.slot_ticks[slot] = tick
        self.shared.control["newest"] = tick

    def _run(self) -> None:
        while not self._ends:
            self.tick()
            os.eventfd_write(self._wake, 1)
            time.sleep(TICK_S)

    def tap(self, sink: Callable[[int, Audio], None]) -> Output:
        tap = Tap(BusReader(self.shared, 0, 1, Bus.PROGRAMME), sink, self.pump.remove)
        self.pump.add(tap)
        return tap


@pytest.fixture
def ticks() -> Iterator[Ticks]:
    made = Ticks(threads=1)
    yield made
    made.stop()


def test_a_backlog_is_worked_off_in_turns_with_the_others_and_nobody_is_dropped_for_it(ticks: Ticks) -> None:
    order: list[str] = []

    def thorough(frame: int, pcm: Audio) -> None:
        time.sleep(3.0 * TICK_S)
        order.append("thorough")

    late = ticks.tap(thorough)
    for _ in range(120):
        ticks.tick()
    quick = ticks.tap(lambda frame, pcm: order.append("quick"))
    ticks.start()
    wait_until(lambda: order.count("thorough") > 1.5 * SLOW_S / (3.0 * TICK_S), timeout_s=30.0)
    assert not late.is_dropped
    assert not quick.is_dropped
    assert order.index("quick") <= TURN_BLOCKS


def test_a_sink_is_not_blamed_for_the_time_in_which_nobody_had_the_interpreter(ticks: Ticks) -> None:
    inside = threading.Event()
    calls = []

    def sink(frame: int, pcm: Audio) -> None:
        inside.set()
        # Each of these needs the interpreter again.
        for _ in range(20):
            time.sleep(0.001)
        calls.append(frame)

    tap = ticks.tap(sink)
    ticks.start()
    assert inside.wait(5.0)
    # A call that keeps the interpreter for longer than a sink may take.
    ctypes.PyDLL(None).usleep(int(1.5e6 * SLOW_S))
    so_far = len(calls)
    wait_until(lambda: tap.is_dropped or len(calls) > so_far + 10)
    assert not tap.is_dropped


def test_a_sink_that_waits_is_dropped_and_its_thread_replaced(ticks: Ticks) -> None:
    released = threading.Event()
    heard: list[int] = []

    def wait(frame: int, pcm: Audio) -> None:
        released.wait()

    waiting = ticks.tap(wait)
    healthy = ticks.tap(lambda frame, pcm: heard.append(frame))
    ticks.start()
    try:
        wait_until(lambda: waiting.is_dropped)
        so_far = len(heard)
        wait_until(lambda: len(heard) > so_far + 10)
        assert not healthy.is_dropped
    finally:
        released.set()
