"""How much later than it was sent a packet arrives: what the server, and the kernel below it, add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

SAMPLED: Final = 10
"""One viewer in so many is asked; decrypting what all of them get would take the load generator's time."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Milliseconds. `longest_ms` is the longest that forwarding stood still for."""

    p50_ms: float
    p99_ms: float
    longest_ms: float
    samples: int

    def __str__(self) -> str:
        return f"late by {self.p50_ms:.2f} ms (p50), {self.p99_ms:.2f} ms (p99), {self.longest_ms:.1f} ms (longest)"


class LatenessSamples:
    """Collects, while `is_on`, what peers are told by `on_late`."""

    def __init__(self) -> None:
        self.is_on = False
        self._late_ns: list[int] = []

    def add(self, late_ns: int) -> None:
        """A packet was so late."""
        if self.is_on:
            self._late_ns.append(late_ns)

    def take(self) -> Lateness:
        """What was collected, and begin anew. Raises ValueError when that is nothing."""
        if not self._late_ns:
            raise ValueError("no packet arrived at those who were asked")
        late_ms = np.array(self._late_ns) / 1e6
        self._late_ns = []
        p50, p99 = np.percentile(late_ms, [50, 99])
        return Lateness(float(p50), float(p99), float(late_ms.max()), len(late_ms))
