"""Ticks of a mixer that ended too late, and which of them a machine whose processors are its own had missed as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mixer.dsp.units import BLOCK, SAMPLE_RATE

PERIOD_S: Final = BLOCK / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Overdue:
    """A tick that ended after the next was due. Seconds: it began `late_s` after its own deadline, took `busy_s`, and
    worked for `work_s`; of its threads processors were taken away for `taken_s`, though nothing else ran there.

    `is_ours`: it would have ended too late without that as well, and without what was taken from the tick before.
    """

    late_s: float
    busy_s: float
    work_s: float
    taken_s: float
    is_ours: bool

    def __str__(self) -> str:
        times = (("late", self.late_s), ("took", self.busy_s), ("worked", self.work_s), ("taken away", self.taken_s))
        return ", ".join(f"{name} {1000 * time_s:.2f}" for name, time_s in times) + " ms"


class Judge:
    """Shown the ticks of a clock one after the other."""

    def __init__(self) -> None:
        self._passed_on_s = 0.0
        """By how much the tick before was late through what was taken from it."""

    def look(self, late_s: float, busy_s: float, work_s: float, taken_s: float) -> Overdue | None:
        """The tick, where it ended after the next was due."""
        over_s = late_s + busy_s - PERIOD_S
        taken_in_all_s = taken_s + min(self._passed_on_s, late_s)
        self._passed_on_s = min(max(over_s, 0.0), taken_in_all_s)
        if over_s <= 0.0:
            return None
        return Overdue(late_s, busy_s, work_s, taken_s, is_ours=over_s > taken_in_all_s)
