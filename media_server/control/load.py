"""How busy this worker is, as viewers are given to the least busy one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_LEAST_BETWEEN_S: Final = 0.4
_SHARE: Final = 0.5
"""Of the newest measurement: a peak of a second is told, one of a tick is not."""


class ProcessLoad:
    """The greater of two shares: of a processor that the process takes, and of the sessions it may have.

    One processor is what a worker has: what forwards is one thread.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, cpu_clock: Callable[[], float] = time.process_time
    ) -> None:
        self._clock, self._cpu_clock = clock, cpu_clock
        self._at, self._cpu_at = clock(), cpu_clock()
        self._cpu = 0.0

    def measure(self, *, sessions: int, max_sessions: int) -> float:
        """From 0 to 1. May be called as often as one likes."""
        now, cpu_now = self._clock(), self._cpu_clock()
        if now - self._at >= _LEAST_BETWEEN_S:
            newest = (cpu_now - self._cpu_at) / (now - self._at)
            self._cpu += _SHARE * (newest - self._cpu)
            self._at, self._cpu_at = now, cpu_now
        return min(1.0, max(self._cpu, sessions / max_sessions))
