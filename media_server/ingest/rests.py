"""When encoders are read that nobody waits for: all at the same time, now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

REST_S: Final = 0.05
"""What comes meanwhile waits with the kernel. LL-HLS tells of it later by half of this on average."""
MAX_READ_BYTES: Final = 1 << 16
"""Who sends this much at once is read on: more than their window must not wait."""


class Rests:
    """Frames that are taken several at a time, of all connections together, cost two thirds of what each alone does."""

    def __init__(self) -> None:
        self._resting: list[Callable[[], None]] = []

    def add(self, go_on: Callable[[], None]) -> None:
        """`go_on` is called when the rest is over that began with whoever came first."""
        self._resting.append(go_on)
        if len(self._resting) == 1:
            asyncio.get_running_loop().call_later(REST_S, self._end)

    def _end(self) -> None:
        resting, self._resting = self._resting, []
        for go_on in resting:
            go_on()
