"""How late the ticks of a mixer host were, all of them, where its own account looks back for 20 s only."""

from __future__ import annotations

import numpy as np

from mixer.host.host import MixerHost

_BINS_S = np.concatenate(([0.0], np.geomspace(1e-6, 10.0, 7_001)))
"""Edges that are a quarter of a per cent apart."""


class Lateness:
    """To be read at least each ten seconds. What was before `begin` does not count."""

    def __init__(self, host: MixerHost) -> None:
        self._record = host._shared.account[0]
        self._histogram = np.zeros(len(_BINS_S) - 1, np.int64)
        self._ticks = self._first = self._missed = self._skipped = 0
        self.longest_s = 0.0
        self.begin()

    def begin(self) -> None:
        """Count from here."""
        self._histogram[:] = 0
        self.longest_s = 0.0
        self._ticks = self._first = int(self._record["ticks"])
        self._missed, self._skipped = int(self._record["missed"]), int(self._record["skipped"])

    def read(self) -> None:
        """Take what came since the last time."""
        ticks, ring = int(self._record["ticks"]), self._record["late"]
        assert ticks - self._ticks < len(ring), "read too late"
        late = ring[np.arange(self._ticks, ticks) % len(ring)]
        self._histogram += np.histogram(late, _BINS_S)[0]
        self.longest_s = max(self.longest_s, float(late.max(initial=0.0)))
        self._ticks = ticks

    @property
    def ticks(self) -> int:
        return self._ticks - self._first

    @property
    def missed(self) -> int:
        """Ticks that ended after the next was due."""
        return int(self._record["missed"]) - self._missed

    @property
    def skipped(self) -> int:
        """Ticks that were given up."""
        return int(self._record["skipped"]) - self._skipped

    def percentile_s(self, percent: float) -> float:
        """Lateness that so many of the ticks do not pass."""
        count = np.cumsum(self._histogram)
        return float(_BINS_S[1 + np.searchsorted(count, percent / 100.0 * count[-1])])

    def __str__(self) -> str:
        late = "".join(f"p{percent:g} {1000 * self.percentile_s(percent):.2f}, " for percent in (50, 99, 99.9))
        return (
            f"{self.ticks} ticks, {self.missed} missed, {self.skipped} skipped, "
            f"late {late}max {1000 * self.longest_s:.2f} ms"
        )
