"""How much RTCP one peer may have read: it is small, and a little of it can ask for a lot of work."""

from __future__ import annotations

from typing import Final

BYTES_PER_S: Final = 40_000
BURST_BYTES: Final = 80_000
LEAST_BYTES: Final = 128
"""A datagram counts as this many at least: reading one has a price of its own.

Chromium at 6 Mbit/s with loss everywhere sends twenty transport-wide feedbacks and a hundred NACKs a second: 16 kB.
"""


class RtcpBudget:
    """A token bucket of bytes. Charge it with what authenticated alone, or a forger could spend it for the peer."""

    def __init__(self) -> None:
        self._left = float(BURST_BYTES)
        self._at: float | None = None

    def take(self, size: int, *, now: float) -> bool:
        """Whether a datagram of `size` bytes is to be read; what is above the budget is dropped, as a network would."""
        if self._at is not None:
            self._left = min(BURST_BYTES, self._left + (now - self._at) * BYTES_PER_S)
        self._at = now
        cost = max(size, LEAST_BYTES)
        if cost > self._left:
            return False
        self._left -= cost
        return True
