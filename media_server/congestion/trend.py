"""Whether the delay of a path grows: a line through the newest delays, against a threshold that adapts.

After libwebrtc's `TrendlineEstimator`, which took the place of the Kalman filter of draft-ietf-rmcat-gcc-02 §5.3; the
detector is §5.4 of the draft ("over-use detector") with libwebrtc's figures.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import Final

from media_server.congestion.arrivals import GroupDelta

WINDOW: Final = 20
_SMOOTHING: Final = 0.9
_GAIN: Final = 4.0
_MAX_DELTAS: Final = 60
_OVERUSE_TIME_MS: Final = 10.0
_FIRST_THRESHOLD: Final = 12.5
_MIN_THRESHOLD: Final = 6.0
_MAX_THRESHOLD: Final = 600.0
_K_UP: Final = 0.0087
_K_DOWN: Final = 0.039
_MAX_ADAPT_OFFSET: Final = 15.0
_MAX_ADAPT_TIME_MS: Final = 100.0
_REBASE_AFTER: Final = 10_000.0
_SAME_TIME: Final = 1e-3


class Usage(StrEnum):
    """What the path does with what it is sent."""

    NORMAL = "normal"
    OVER = "over"
    """Its queue grows."""
    UNDER = "under"
    """Its queue drains."""


class Line:
    """The least squares line through the last WINDOW points, kept as sums: a point more costs the same always."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()
        self._zero = 0.0
        self._sums = (0.0, 0.0, 0.0, 0.0)

    def add(self, x: float, y: float) -> None:
        """The next point; the oldest is forgotten."""
        if not self._points or x - self._zero > _REBASE_AFTER:
            self._rebase(x)
        self._points.append((x, y))
        self._count(x, y, 1)
        if len(self._points) > WINDOW:
            self._count(*self._points.popleft(), -1)

    @property
    def slope(self) -> float | None:
        """None before there are WINDOW points, and where all are of one time."""
        sum_x, sum_y, sum_xx, sum_xy = self._sums
        denominator = WINDOW * sum_xx - sum_x * sum_x
        if len(self._points) < WINDOW or denominator < _SAME_TIME:
            return None
        return (WINDOW * sum_xy - sum_x * sum_y) / denominator

    def _count(self, x: float, y: float, sign: int) -> None:
        x -= self._zero
        sum_x, sum_y, sum_xx, sum_xy = self._sums
        self._sums = (sum_x + sign * x, sum_y + sign * y, sum_xx + sign * x * x, sum_xy + sign * x * y)

    def _rebase(self, zero: float) -> None:
        """Sums of large numbers, of which large ones are taken off again, would be wrong after some hours."""
        self._zero, self._sums = zero, (0.0, 0.0, 0.0, 0.0)
        for x, y in self._points:
            self._count(x, y, 1)


class OveruseDetector:
    """Fed a delta for each group; `usage` is what follows from all so far."""

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self.trend = 0.0
        """Growth of the delay: ms for each ms."""
        self._line = Line()
        self._first_at_ms: float | None = None
        self._accumulated_ms = 0.0
        self._smoothed_ms = 0.0
        self._deltas = 0
        self._threshold = _FIRST_THRESHOLD
        self._adapted_at_ms = float("-inf")
        self._over_for_ms: float | None = None
        self._over_count = 0
        self._trend_before = 0.0

    def receive(self, delta: GroupDelta) -> None:
        """The next group."""
        self._deltas = min(self._deltas + 1, _MAX_DELTAS)
        if self._first_at_ms is None:
            self._first_at_ms = delta.arrived_at_ms
        self._accumulated_ms += delta.arrived_ms - delta.sent_ms
        self._smoothed_ms = _SMOOTHING * self._smoothed_ms + (1 - _SMOOTHING) * self._accumulated_ms
        self._line.add(delta.arrived_at_ms - self._first_at_ms, self._smoothed_ms)
        slope = self._line.slope
        if slope is not None:
            self.trend = slope
        self._detect(delta)

    def _detect(self, delta: GroupDelta) -> None:
        modified = self._deltas * self.trend * _GAIN
        if self._deltas < 2:
            self.usage = Usage.NORMAL
            return
        if modified > self._threshold:
            # Of the time since the group before, half was over-use: when it began is not known.
            over_for_ms = delta.sent_ms / 2 if self._over_for_ms is None else self._over_for_ms + delta.sent_ms
            self._over_for_ms = over_for_ms
            self._over_count += 1
            if over_for_ms > _OVERUSE_TIME_MS and self._over_count > 1 and self.trend >= self._trend_before:
                self._over_for_ms, self._over_count = 0.0, 0
                self.usage = Usage.OVER
        else:
            self._over_for_ms, self._over_count = None, 0
            self.usage = Usage.UNDER if modified < -self._threshold else Usage.NORMAL
        self._trend_before = self.trend
        self._adapt(abs(modified), delta.arrived_at_ms)

    def _adapt(self, modified: float, at_ms: float) -> None:
        """§5.4: the threshold follows the trend, so that flows which fill queues do not starve this one."""
        elapsed_ms = min(at_ms - self._adapted_at_ms, _MAX_ADAPT_TIME_MS)
        self._adapted_at_ms = at_ms
        if modified > self._threshold + _MAX_ADAPT_OFFSET:
            # A sudden jump of the delay, as of a route that changed, is not what there is to adapt to.
            return
        k = _K_DOWN if modified < self._threshold else _K_UP
        adapted = self._threshold + k * (modified - self._threshold) * max(elapsed_ms, 0.0)
        self._threshold = min(max(adapted, _MIN_THRESHOLD), _MAX_THRESHOLD)
