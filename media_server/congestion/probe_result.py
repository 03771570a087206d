"""What packets that left faster than the stream say of the path (libwebrtc's `ProbeBitrateEstimator`)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_server.congestion.results import Results

_MIN_SHARE: Final = 0.8
_MAX_RATIO: Final = 2.0
"""What arrives at more than twice the rate at which it was sent was queued elsewhere: it measures nothing."""
_FULL: Final = 0.9
_FULL_SHARE: Final = 0.95
_MAX_INTERVAL_US: Final = 1_000_000


class ProbedRange:
    """All packets of a transport from number `first` to before `end`, probes and media, that left at a raised rate."""

    def __init__(self, first: int, end: int) -> None:
        self._first = first
        self._count = end - first
        self._end = end
        self._parts: list[Results] = []
        self._received = 0

    def receive(self, results: Results) -> float | None:
        """The rate in bit/s once enough of the cluster has arrived; None before, and where it measures nothing."""
        mine = results.is_received & (results.numbers >= self._first) & (results.numbers < self._end)
        if not mine.any():
            return None
        self._parts.append(results.where(mine))
        self._received += int(mine.sum())
        is_over = int(results.numbers[-1]) >= self._end - 1
        if self._received < max(2, _MIN_SHARE * self._count) or not is_over:
            return None
        sent_us = np.concatenate([part.sent_us for part in self._parts])
        arrived_us = np.concatenate([part.arrived_us for part in self._parts])
        sizes = np.concatenate([part.sizes for part in self._parts])
        # A rate is bytes between two instants: those sent at the last, and those that came at the first, are outside.
        sent_bps = _rate(sent_us, sizes, int(sizes[sent_us == sent_us.max()].sum()))
        arrived_bps = _rate(arrived_us, sizes, int(sizes[arrived_us.argmin()]))
        if sent_bps is None or arrived_bps is None or arrived_bps > _MAX_RATIO * sent_bps:
            return None
        if arrived_bps < _FULL * sent_bps:
            # The path was full: this is what it carries, and a little less keeps its queue empty.
            return _FULL_SHARE * arrived_bps
        return min(sent_bps, arrived_bps)


def _rate(times_us: NDArray[np.int64], sizes: NDArray[np.int64], outside: int) -> float | None:
    interval_us = int(times_us.max() - times_us.min())
    if not 0 < interval_us <= _MAX_INTERVAL_US:
        return None
    return 8_000_000 * (int(sizes.sum()) - outside) / interval_us
