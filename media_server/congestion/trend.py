"""Whether the delay of a path grows: a line through the newest delays, against a threshold that adapts.

After libwebrtc's `TrendlineEstimator`, which took the place of the Kalman filter of draft-ietf-rmcat-gcc-02 §5.3; the
detector is §5.4 of the draft ("over-use detector") with libwebrtc's figures.
"""

from __future__ import annotations

import ctypes
from typing import Final

from media_server.congestion.arrivals import Groups

NORMAL, OVER, UNDER = 0, 1, 2
"""What the path does with what it is sent: nothing of note; its queue grows; its queue drains."""
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


class Line(ctypes.Structure):
    """The least squares line through the last WINDOW points, kept as sums: a point more costs the same always."""

    _fields_ = (
        ("count", ctypes.c_int64),
        ("oldest", ctypes.c_int64),
        ("x", ctypes.c_double * WINDOW),
        ("y", ctypes.c_double * WINDOW),
        ("zero", ctypes.c_double),
        ("sum_x", ctypes.c_double),
        ("sum_y", ctypes.c_double),
        ("sum_xx", ctypes.c_double),
        ("sum_xy", ctypes.c_double),
    )

    count: int
    oldest: int
    x: ctypes.Array[ctypes.c_double]
    y: ctypes.Array[ctypes.c_double]
    zero: float
    sum_x: float
    sum_y: float
    sum_xx: float
    sum_xy: float


class Trend(ctypes.Structure):
    """`usage` is what follows from all deltas so far, `trend` the growth of the delay: ms for each ms."""

    _fields_ = (
        ("line", Line),
        ("usage", ctypes.c_int64),
        ("deltas", ctypes.c_int64),
        ("over_count", ctypes.c_int64),
        ("is_over", ctypes.c_int64),
        ("trend", ctypes.c_double),
        ("trend_before", ctypes.c_double),
        ("first_at_ms", ctypes.c_double),
        ("accumulated_ms", ctypes.c_double),
        ("smoothed_ms", ctypes.c_double),
        ("over_for_ms", ctypes.c_double),
        ("threshold", ctypes.c_double),
        ("adapted_at_ms", ctypes.c_double),
    )

    line: Line
    usage: int
    deltas: int
    over_count: int
    is_over: int
    trend: float
    trend_before: float
    first_at_ms: float
    accumulated_ms: float
    smoothed_ms: float
    over_for_ms: float
    threshold: float
    adapted_at_ms: float

    def begin(self) -> None:
        """Where nothing is known."""
        self.threshold = _FIRST_THRESHOLD
        self.adapted_at_ms = float("-inf")


def detect_overuse(trend: Trend, delta: Groups) -> None:
    """Take the delta of the next group."""
    if not trend.deltas:
        trend.first_at_ms = delta.arrived_at_ms
    trend.deltas = min(trend.deltas + 1, _MAX_DELTAS)
    trend.accumulated_ms += delta.arrived_ms - delta.sent_ms
    trend.smoothed_ms = _SMOOTHING * trend.smoothed_ms + (1 - _SMOOTHING) * trend.accumulated_ms
    add_point(trend.line, delta.arrived_at_ms - trend.first_at_ms, trend.smoothed_ms)
    if has_slope(trend.line):
        trend.trend = slope(trend.line)
    if trend.deltas < 2:
        trend.usage = NORMAL
        return
    modified = trend.deltas * trend.trend * _GAIN
    if modified > trend.threshold:
        # Of the time since the group before, half was over-use: when it began is not known.
        trend.over_for_ms = trend.over_for_ms + delta.sent_ms if trend.is_over else delta.sent_ms / 2
        trend.is_over = 1
        trend.over_count += 1
        if trend.over_for_ms > _OVERUSE_TIME_MS and trend.over_count > 1 and trend.trend >= trend.trend_before:
            trend.over_for_ms = 0.0
            trend.over_count = 0
            trend.usage = OVER
    else:
        trend.is_over = 0
        trend.over_count = 0
        trend.usage = UNDER if modified < -trend.threshold else NORMAL
    trend.trend_before = trend.trend
    _adapt(trend, abs(modified), delta.arrived_at_ms)


def _adapt(trend: Trend, modified: float, at_ms: float) -> None:
    """§5.4: the threshold follows the trend, so that flows which fill queues do not starve this one."""
    elapsed_ms = min(at_ms - trend.adapted_at_ms, _MAX_ADAPT_TIME_MS)
    trend.adapted_at_ms = at_ms
    if modified > trend.threshold + _MAX_ADAPT_OFFSET:
        # A sudden jump of the delay, as of a route that changed, is not what there is to adapt to.
        return
    k = _K_DOWN if modified < trend.threshold else _K_UP
    adapted = trend.threshold + k * (modified - trend.threshold) * max(elapsed_ms, 0.0)
    trend.threshold = min(max(adapted, _MIN_THRESHOLD), _MAX_THRESHOLD)


def add_point(line: Line, x: float, y: float) -> None:
    """The next point; the oldest is forgotten."""
    if not line.count or x - line.zero > _REBASE_AFTER:
        _rebase(line, x)
    _count(line, x, y, 1.0)
    if line.count == WINDOW:
        oldest = line.oldest
        _count(line, line.x[oldest], line.y[oldest], -1.0)
        line.x[oldest] = x
        line.y[oldest] = y
        line.oldest = (oldest + 1) % WINDOW
    else:
        line.x[line.count] = x
        line.y[line.count] = y
        line.count += 1


def has_slope(line: Line) -> bool:
    """False before there are WINDOW points, and where all are of one time."""
    return line.count == WINDOW and _spread(line) >= _SAME_TIME


def slope(line: Line) -> float:
    """Of the line, if it has one."""
    return (WINDOW * line.sum_xy - line.sum_x * line.sum_y) / _spread(line)


def _spread(line: Line) -> float:
    return WINDOW * line.sum_xx - line.sum_x * line.sum_x


def _count(line: Line, x: float, y: float, sign: float) -> None:
    x -= line.zero
    line.sum_x += sign * x
    line.sum_y += sign * y
    line.sum_xx += sign * x * x
    line.sum_xy += sign * x * y


def _rebase(line: Line, zero: float) -> None:
    """Sums of large numbers, of which large ones are taken off again, would be wrong after some hours."""
    line.zero = zero
    line.sum_x = 0.0
    line.sum_y = 0.0
    line.sum_xx = 0.0
    line.sum_xy = 0.0
    for place in range(line.count):
        point = (line.oldest + place) % WINDOW
        _count(line, line.x[point], line.y[point], 1.0)
