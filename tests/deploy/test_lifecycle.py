"""The life of a supervised child, on simulated time."""

from __future__ import annotations

import pytest

from deploy.standalone.lifecycle import FIRST_DELAY_S, LAST_DELAY_S, STEADY_S, Lifecycle, Limits, State, Step

LIMITS = Limits(start_s=60, stop_s=10)


def running(now: float = 0.0) -> Lifecycle:
    life = Lifecycle(LIMITS)
    life.spawned(now=now)
    life.ready(now=now)
    return life


def crash(life: Lifecycle, *, after_s: float, now: float) -> float:
    """It runs for `after_s`, ends, is spawned again as soon as it may be, and is ready; returns the time then."""
    now += after_s
    life.exited(now=now)
    assert life.deadline is not None
    now = life.deadline
    assert life.step(now=now) is Step.SPAWN
    life.spawned(now=now)
    life.ready(now=now)
    return now


def test_a_child_is_probed_until_it_is_ready_and_then_only_watched() -> None:
    life = Lifecycle(LIMITS)
    assert life.step(now=0) is Step.SPAWN
    life.spawned(now=0)
    assert life.step(now=59) is Step.PROBE
    life.ready(now=59)
    assert life.step(now=1e6) is Step.WATCH


def test_a_child_that_is_not_ready_in_time_is_killed_once() -> None:
    life = Lifecycle(LIMITS)
    life.spawned(now=0)
    assert life.step(now=60) is Step.KILL
    life.killed()
    assert life.step(now=61) is Step.WATCH


def test_a_child_that_ends_before_it_was_ever_ready_is_not_tried_again() -> None:
    life = Lifecycle(LIMITS)
    life.spawned(now=0)
    life.exited(now=1)
    assert life.state is State.FAILED
    assert life.step(now=100) is Step.END


def test_delays_double_to_a_limit_while_a_child_keeps_dying() -> None:
    life, now, delays = running(), 0.0, []
    for _ in range(10):
        now = crash(life, after_s=1, now=now)
        delays.append(life.delay_s)
    assert delays[:3] == [FIRST_DELAY_S, 2 * FIRST_DELAY_S, 4 * FIRST_DELAY_S]
    assert delays[-1] == LAST_DELAY_S
    assert delays == sorted(delays)
    assert life.restarts == 10


def test_a_child_that_ran_steadily_is_restarted_without_the_old_delays() -> None:
    life, now = running(), 0.0
    for _ in range(6):
        now = crash(life, after_s=1, now=now)
    crash(life, after_s=STEADY_S, now=now)
    assert life.delay_s == FIRST_DELAY_S


def test_a_restarted_child_that_fails_to_start_is_tried_again() -> None:
    life = running()
    life.exited(now=1)
    life.spawned(now=2)
    life.exited(now=3)
    assert life.state is State.BACKING_OFF
    assert life.step(now=3) is Step.WATCH


def test_while_backing_off_nothing_is_done_until_the_deadline() -> None:
    life = running()
    life.exited(now=5)
    assert life.step(now=5 + FIRST_DELAY_S - 0.01) is Step.WATCH
    assert life.step(now=5 + FIRST_DELAY_S) is Step.SPAWN


def test_stopping_asks_first_and_kills_after_the_limit() -> None:
    life = running()
    life.stop(now=100)
    assert life.step(now=100) is Step.TERMINATE
    life.terminated()
    assert life.step(now=109) is Step.WATCH
    assert life.step(now=110) is Step.KILL
    life.killed()
    assert life.step(now=111) is Step.WATCH
    life.exited(now=111)
    assert life.state is State.STOPPED


def test_asking_a_second_time_kills_at_once() -> None:
    life = running()
    life.stop(now=100)
    life.terminated()
    life.hurry(now=101)
    assert life.step(now=101) is Step.KILL


def test_a_child_that_ends_while_it_is_stopped_is_not_restarted() -> None:
    life = running()
    life.stop(now=1)
    life.exited(now=1.5)
    assert life.step(now=100) is Step.END


@pytest.mark.parametrize("spawn_first", [True, False])
def test_a_child_without_a_process_stops_at_once(spawn_first: bool) -> None:
    life = running() if spawn_first else Lifecycle(LIMITS)
    if spawn_first:
        life.exited(now=1)
    life.stop(now=1)
    assert life.state is State.STOPPED


def test_a_ready_report_that_comes_while_stopping_changes_nothing() -> None:
    life = Lifecycle(LIMITS)
    life.spawned(now=0)
    life.stop(now=1)
    life.ready(now=2)
    assert life.state is State.STOPPING
