"""How much passes a connection."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 4.0


class Bitrate:
    """Bytes a second over WINDOW_S, from a counter that is looked at now and then."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=64)

    def look(self, total_bytes: int, *, now: float) -> None:
        """The counter stands at `total_bytes`."""
        while len(self._seen) > 1 and self._seen[1][0] <= now - WINDOW_S:
            self._seen.popleft()
        self._seen.append((now, total_bytes))

    @property
    def bps(self) -> int:
        """In bit/s; 0 until two looks have been taken."""
        if len(self._seen) < 2 or self._seen[-1][0] <= self._seen[0][0]:
            return 0
        (since, before), (until, after) = self._seen[0], self._seen[-1]
        return int((after - before) * 8 / (until - since))
