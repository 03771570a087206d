"""What a layer costs: bits a second, by its parts."""

from __future__ import annotations

from collections import deque
from typing import Final

from media_server.rtp.parts import Cut, Part

WINDOW_S: Final = 2.0
"""Long enough to hold a key frame's burst flat, short enough to follow an encoder that is told a new bitrate."""
_SLICE_S: Final = 0.25
_HEADER_BYTES: Final = 12

_PLAIN: Final = (0, 0)


class LayerMeter:
    """Counts packets by (spatial, temporal) over the last WINDOW_S."""

    def __init__(self) -> None:
        self._slices: deque[tuple[float, dict[tuple[int, int], int]]] = deque()
        self._newest: dict[tuple[int, int], int] = {}
        self._until = float("-inf")
        self._began_at: float | None = None

    def count(self, size: int, part: Part | None, *, now: float) -> None:
        """A packet of `size` payload bytes came."""
        if now >= self._until:
            self._open_slice(now)
        key = _PLAIN if part is None else (part.spatial, part.temporal)
        newest = self._newest
        newest[key] = newest.get(key, 0) + size + _HEADER_BYTES

    def parts(self, *, now: float) -> tuple[int, int]:
        """The highest spatial and temporal layer of late; (0, 0) where there are no parts."""
        keys = [key for _, slice_ in self._recent(now) for key in slice_]
        return max((spatial for spatial, _ in keys), default=0), max((temporal for _, temporal in keys), default=0)

    def bitrate_bps(self, cut: Cut, *, now: float) -> int:
        """What of late came of `cut`."""
        recent = self._recent(now)
        if not recent or self._began_at is None:
            return 0
        spatial, temporal = cut.limits
        octets = sum(
            size for _, slice_ in recent for key, size in slice_.items() if key[0] <= spatial and key[1] <= temporal
        )
        span_s = max(min(now - self._began_at, WINDOW_S), _SLICE_S)
        return round(8 * octets / span_s)

    def _recent(self, now: float) -> list[tuple[float, dict[tuple[int, int], int]]]:
        return [each for each in self._slices if now - each[0] < WINDOW_S]

    def _open_slice(self, now: float) -> None:
        while self._slices and now - self._slices[0][0] >= WINDOW_S:
            self._slices.popleft()
        if not self._slices:
            # After a silence it is measured anew: bits of a second are not those of the pause before.
            self._began_at = now
        self._newest = {}
        self._slices.append((now, self._newest))
        self._until = now + _SLICE_S
