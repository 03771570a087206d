"""An account of how well a clock's deadlines were kept, and whether there is time for more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WINDOW = 4_000
"""Ticks that the statistics look back: 20 s of 5 ms."""
# Before this many ticks the measure says nothing, and new sessions are let in.
_LEAST_TICKS = 200
ADMISSION_SHARE = 0.5
"""Which part of a tick its work may take, at the 99th percentile, for another session to be let in."""
ADMISSION_MEDIAN = 0.25
"""The same at the median, which no opening of sessions and no build of a neighbour changes.

Who was let in may switch on more: from two decks at rest to four with a reverb in every slot, a session costs 4.2 times
as much. A quarter of 5 ms is then 5.3 ms, and 8.4 ms while builds make it 1.6 times as slow, which two threads, the
second from 0.75 ms on, do in 5."""


@dataclass(frozen=True, slots=True)
class TickStatistics:
    """Of the last 20 s, in seconds: `late` is how long after its deadline a tick began, `busy` how long it took, `work`
    for how long of that it had a processor.

    Since the start: `ticks` done, `missed` that ended after the next deadline, `skipped` that were given up.
    """

    ticks: int
    missed: int
    skipped: int
    late_p50_s: float
    late_p99_s: float
    late_max_s: float
    busy_p50_s: float
    busy_p99_s: float
    busy_max_s: float
    work_p50_s: float
    work_p99_s: float


ACCOUNT = np.dtype(
    [(name, "f8", (_WINDOW,)) for name in ("late", "busy", "work", "taken")]
    + [(name, "i8") for name in ("ticks", "missed", "skipped")]
)
"""Where a TickAccount keeps its measures."""


class TickAccount:
    """Measures of the last ticks, in rings of fixed size; the newest replaces the oldest.

    `storage`, an array of one ACCOUNT, may be memory that other processes read, or that one before this has filled.
    """

    def __init__(self, period_s: float, storage: NDArray[np.void] | None = None) -> None:
        self.period_s = period_s
        self._record = (np.zeros(1, ACCOUNT) if storage is None else storage)[0]
        self._late: NDArray[np.float64] = self._record["late"]
        self._busy: NDArray[np.float64] = self._record["busy"]
        self._work: NDArray[np.float64] = self._record["work"]
        self._taken: NDArray[np.float64] = self._record["taken"]

    @property
    def at(self) -> int:
        """The place of the tick that is noted next."""
        return int(self._record["ticks"]) % _WINDOW

    def take_away(self, at: int, taken_s: float) -> None:
        """Note that from one of the threads in the tick of that place its processor was taken away for so long."""
        self._taken[at] += taken_s

    def add(self, late_s: float, busy_s: float, work_s: float) -> None:
        """Note a tick that began `late_s` after its deadline, and took `work_s` of the processor in `busy_s`."""
        at = self.at
        self._late[at], self._busy[at], self._work[at] = late_s, busy_s, work_s
        self._record["ticks"] += 1
        self._taken[self.at] = 0.0
        if late_s + busy_s > self.period_s:
            self._record["missed"] += 1

    def skip(self, ticks: int) -> None:
        """Note ticks that were given up."""
        self._record["skipped"] += ticks

    def statistics(self) -> TickStatistics:
        """Zero for what has not been measured yet."""
        ticks = int(self._record["ticks"])
        count = min(ticks, _WINDOW)
        late, busy = (self._late[:count], self._busy[:count]) if count else (np.zeros(1), np.zeros(1))
        late_p50, late_p99 = (float(value) for value in np.percentile(late, (50, 99)))
        busy_p50, busy_p99 = (float(value) for value in np.percentile(busy, (50, 99)))
        work_p50, work_p99 = (float(value) for value in np.percentile(self._work[: max(count, 1)], (50, 99)))
        return TickStatistics(
            ticks=ticks,
            missed=int(self._record["missed"]),
            skipped=int(self._record["skipped"]),
            late_p50_s=late_p50,
            late_p99_s=late_p99,
            late_max_s=float(late.max()),
            busy_p50_s=busy_p50,
            busy_p99_s=busy_p99,
            busy_max_s=float(busy.max()),
            work_p50_s=work_p50,
            work_p99_s=work_p99,
        )

    def may_admit(self) -> bool:
        """Whether there is room for another session.

        The work counts, not how long it took: a processor that others keep busy is not had back by refusing sessions.
        """
        statistics = self.statistics()
        if statistics.ticks < _LEAST_TICKS:
            return True
        return (
            statistics.work_p99_s <= ADMISSION_SHARE * self.period_s
            and statistics.work_p50_s <= ADMISSION_MEDIAN * self.period_s
        )
