"""How much arrives: the bit rate that the receiver acknowledges.

After libwebrtc's `BitrateEstimator`: samples of a window each, weighed by how far they are from what is believed.
"""

from __future__ import annotations

from typing import Final

from media_server.congestion.arrivals import Run

_FIRST_WINDOW_US: Final = 500_000
_WINDOW_US: Final = 150_000
_UNCERTAINTY: Final = 10.0
_FIRST_VARIANCE: Final = 50.0
_DRIFT: Final = 5.0
_FAST_CHANGE: Final = 200.0


class AcknowledgedBitrate:
    """Fed runs; `bitrate_bps` is None until half a second has arrived."""

    def __init__(self) -> None:
        self._estimate_kbps: float | None = None
        self._variance = _FIRST_VARIANCE
        self._sum_bytes = 0
        self._window_us = 0
        self._last_us: int | None = None

    @property
    def bitrate_bps(self) -> float | None:
        """What arrives, in bit/s."""
        return None if self._estimate_kbps is None else self._estimate_kbps * 1000

    def expect_change(self) -> None:
        """What is sent changes from now on: what was believed counts for less."""
        self._variance += _FAST_CHANGE

    def receive(self, sent: list[Run]) -> None:
        """What arrived."""
        for run in sent:
            sample_kbps = self._sample(run)
            if sample_kbps is not None:
                self._update(sample_kbps)

    def _sample(self, run: Run) -> float | None:
        length_us = _FIRST_WINDOW_US if self._estimate_kbps is None else _WINDOW_US
        last_us, self._last_us = self._last_us, run.last_arrived_us
        if last_us is None or run.last_arrived_us < last_us:
            self._sum_bytes, self._window_us = run.bytes, 0
            return None
        elapsed_us = run.last_arrived_us - last_us
        self._window_us += elapsed_us
        if elapsed_us > length_us:
            # Nothing came for longer than a window: the silence says nothing of the path.
            self._sum_bytes, self._window_us = 0, self._window_us % length_us
        sample_kbps = None
        if self._window_us >= length_us:
            sample_kbps = 8_000 * self._sum_bytes / length_us
            self._window_us -= length_us
            self._sum_bytes = 0
        self._sum_bytes += run.bytes
        return sample_kbps

    def _update(self, sample_kbps: float) -> None:
        estimate = self._estimate_kbps
        if estimate is None:
            self._estimate_kbps = sample_kbps
            return
        uncertainty = _UNCERTAINTY * abs(estimate - sample_kbps) / max(estimate, 1.0)
        sample_variance = uncertainty * uncertainty
        predicted = self._variance + _DRIFT
        total = sample_variance + predicted
        self._estimate_kbps = (sample_variance * estimate + predicted * sample_kbps) / total
        self._variance = sample_variance * predicted / total
