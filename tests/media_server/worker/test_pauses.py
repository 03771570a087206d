"""A full collection waits until nothing is forwarded, but not for ever."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from media_server.worker.pauses import LATEST_FULL_S, QUIET_DATAGRAMS_PER_S, Collector, short_pauses


class Circle:
    """Garbage that the collector alone finds."""

    alive = 0

    def __init__(self) -> None:
        self.itself = self
        Circle.alive += 1

    def __del__(self) -> None:
        Circle.alive -= 1


class Socket:
    """Counts what it received."""

    received = 0


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    with short_pauses():
        yield


@pytest.fixture
def sock() -> Socket:
    return Socket()


@pytest.fixture
def collector(sock: Socket) -> Collector:
    return Collector(lambda: sock.received, now=0.0)


def leave_old_garbage() -> None:
    """A circle that was still in use when the younger generations were looked at."""
    circle = Circle()
    for _ in range(2):
        gc.collect(1)
    del circle


def test_old_garbage_is_collected_while_nothing_is_forwarded(collector: Collector) -> None:
    leave_old_garbage()
    assert Circle.alive == 1
    assert collector.poll(now=1.0)
    assert Circle.alive == 0


def test_it_waits_while_something_is_forwarded_for_an_hour_at_most(collector: Collector, sock: Socket) -> None:
    leave_old_garbage()
    now = 0.0
    while now < LATEST_FULL_S - 1:
        now += 1.0
        sock.received += QUIET_DATAGRAMS_PER_S
        assert not collector.poll(now=now)
    assert Circle.alive == 1
    sock.received += QUIET_DATAGRAMS_PER_S
    assert collector.poll(now=LATEST_FULL_S)
    assert Circle.alive == 0


def test_where_nothing_has_grown_old_nothing_is_looked_at(collector: Collector) -> None:
    leave_old_garbage()
    assert collector.poll(now=1.0)
    gc.disable()
    assert not collector.poll(now=2.0)
    gc.enable()


def test_the_interpreter_is_left_as_it_was() -> None:
    before = gc.get_threshold(), sys.getswitchinterval()
    with short_pauses():
        assert gc.get_threshold()[2] > 1_000_000
    assert (gc.get_threshold(), sys.getswitchinterval()) == before


def test_young_garbage_is_collected_without_being_asked() -> None:
    for _ in range(20_000):
        Circle()
    assert Circle.alive < 10_000
    gc.collect()
    assert Circle.alive == 0
