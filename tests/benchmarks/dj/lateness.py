"""How late the ticks of a mixer host began and ended, all of them, where its own account looks back for 20 s only."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from mixer.host.host import MixerHost
from tests.benchmarks.dj.overdue import Judge, Overdue

_BINS_S = np.concatenate(([0.0], np.geomspace(1e-6, 10.0, 7_001)))
"""Edges that are a quarter of a per cent apart."""


def stolen_s() -> float:
    """For how long all processors together were taken away from this machine by the one that it runs on (proc(5))."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


class Histogram:
    """Of seconds: counts in bins, and the longest."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_BINS_S) - 1, np.int64)
        self.longest_s = 0.0

    def add(self, values_s: NDArray[np.float64]) -> None:
        self._counts += np.histogram(values_s, _BINS_S)[0]
        self.longest_s = max(self.longest_s, float(values_s.max(initial=0.0)))

    def percentile_s(self, percent: float) -> float:
        """What so many of the values do not pass."""
        count = np.cumsum(self._counts)
        return float(_BINS_S[1 + np.searchsorted(count, percent / 100.0 * count[-1])])

    def __str__(self) -> str:
        figures = "".join(f"p{percent:g} {1000 * self.percentile_s(percent):.2f}, " for percent in (50, 99, 99.9))
        return f"{figures}max {1000 * self.longest_s:.2f} ms"


class Lateness:
    """`began` and `ended` are how long after their deadlines ticks did.

    To be read at least each ten seconds. What was before `begin` does not count.
    """

    def __init__(self, host: MixerHost) -> None:
        self._record = host._shared.account[0]
        self._ticks = self._first = self._missed = self._skipped = 0
        self.begin()

    def begin(self) -> None:
        """Count from here."""
        self.began, self.ended = Histogram(), Histogram()
        self.overdue: list[Overdue] = []
        self._judge = Judge()
        self._ticks = self._first = int(self._record["ticks"])
        self._stolen_s = stolen_s()
        self._missed, self._skipped = int(self._record["missed"]), int(self._record["skipped"])

    def read(self) -> None:
        """Take what came since the last time."""
        ticks, rings = int(self._record["ticks"]), [self._record[name] for name in ("late", "busy", "work", "taken")]
        assert ticks - self._ticks < len(rings[0]), "read too late"
        places = np.arange(self._ticks, ticks) % len(rings[0])
        late, busy, work, taken = (ring[places] for ring in rings)
        for times in zip(late.tolist(), busy.tolist(), work.tolist(), taken.tolist(), strict=True):
            if (overdue := self._judge.look(*times)) is not None:
                self.overdue.append(overdue)
        self.began.add(late)
        self.ended.add(late + busy)
        self._ticks = ticks

    @property
    def ticks(self) -> int:
        return self._ticks - self._first

    @property
    def missed(self) -> int:
        """Ticks that ended after the next was due."""
        return int(self._record["missed"]) - self._missed

    @property
    def missed_by_us(self) -> int:
        """Those of them that a machine whose processors are its own would have missed as well."""
        return sum(tick.is_ours for tick in self.overdue)

    @property
    def skipped(self) -> int:
        """Ticks that were given up."""
        return int(self._record["skipped"]) - self._skipped

    @property
    def stolen_s(self) -> float:
        """Of all processors, so far: ticks that wait meanwhile are nobody's fault here."""
        return stolen_s() - self._stolen_s

    def __str__(self) -> str:
        overdue = "".join(f" ({tick})" for tick in self.overdue)
        return (
            f"{self.ticks} ticks, {self.missed} missed, {self.missed_by_us} of them by us{overdue}, "
            f"{self.skipped} skipped, began late by {self.began}, ended {self.ended} after they were due, "
            f"processors stolen for {1000 * self.stolen_s:.0f} ms"
        )
