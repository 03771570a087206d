"""What a machine takes from a tick is told from what the tick takes."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.clock.account import ACCOUNT, TickAccount
from mixer.clock.clock import Clock
from tests.benchmarks.dj.overdue import PERIOD_S, Judge


class SimulatedMachine:
    """A tick works, is halted meanwhile, and its processor is given to others."""

    def __init__(self, *, halted_s: float, given_away: int) -> None:
        self.halted_s = halted_s
        self.given_away = given_away
        self.time = 100.0
        self.work = 0.0
        self.switches = 7

    def tick(self) -> None:
        self.work += 0.002
        self.time += 0.002 + self.halted_s
        self.switches += self.given_away

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.switches += 1

    def ticks(self, count: int) -> np.void:
        storage = np.zeros(1, ACCOUNT)
        clock = Clock(
            self.tick,
            now=lambda: self.time,
            worked=lambda: self.work,
            switches=lambda: self.switches,
            sleep=self.sleep,
            storage=storage,
        )
        clock.run(lambda: clock.account.at == count)
        record: np.void = storage[0]
        return record


@pytest.mark.parametrize(("given_away", "taken_s"), [(0, 0.006), (1, 0.0)])
def test_what_is_missing_of_a_processor_that_nobody_else_had_was_taken(given_away: int, taken_s: float) -> None:
    record = SimulatedMachine(halted_s=0.006, given_away=given_away).ticks(3)
    assert record["busy"][:3] == pytest.approx(0.008)
    assert record["work"][:3] == pytest.approx(0.002)
    assert record["taken"][:3] == pytest.approx(taken_s)
    assert record["missed"] == 3


def test_a_place_that_comes_again_has_nothing_of_the_tick_that_had_it_before() -> None:
    account = TickAccount(PERIOD_S, storage := np.zeros(1, ACCOUNT))
    places = storage["taken"].size
    for number in range(places + 5):
        account.take_away(account.at, 0.001 * (number + 1))
        account.add(0.0, 0.001, 0.001)
    assert storage["taken"][0, :5] == pytest.approx(0.001 * np.arange(places + 1, places + 6))


def test_what_was_taken_is_nobodys_fault_and_neither_is_what_follows_from_it() -> None:
    judge = Judge()
    first = judge.look(0.0001, 0.0082, 0.0019, 0.0063)
    second = judge.look(0.0033, 0.0030, 0.0030, 0.0)
    assert first is not None
    assert second is not None
    assert not first.is_ours
    assert not second.is_ours


def test_a_tick_that_is_too_long_by_itself_is_ours() -> None:
    judge = Judge()
    assert judge.look(0.0, 0.004, 0.004, 0.0) is None
    long = judge.look(0.0, 0.009, 0.006, 0.003)
    late = judge.look(0.004, 0.002, 0.002, 0.0)
    assert long is not None
    assert long.is_ours
    # Three of its four milliseconds of delay are not ours; the tick would have ended in time without them.
    assert late is not None
    assert not late.is_ours


def test_what_was_taken_long_ago_excuses_nothing() -> None:
    judge = Judge()
    assert judge.look(0.0, 0.020, 0.002, 0.018) is not None
    assert judge.look(0.0, 0.002, 0.002, 0.0) is None
    late = judge.look(0.006, 0.002, 0.002, 0.0)
    assert late is not None
    assert late.is_ours
