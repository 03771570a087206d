"""How long to wait before the next attempt."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 1.0
LAST_S: Final = 30.0
STEADY_S: Final = 20.0


class Backoff:
    """Doubles from FIRST_S to LAST_S, and begins anew after an attempt that held for STEADY_S."""

    def __init__(self) -> None:
        self._next_s = FIRST_S

    def after(self, *, ran_s: float) -> float:
        """Seconds to wait after an attempt that lasted `ran_s`."""
        if ran_s >= STEADY_S:
            self._next_s = FIRST_S
        delay_s = self._next_s
        self._next_s = min(2 * delay_s, LAST_S)
        return delay_s
