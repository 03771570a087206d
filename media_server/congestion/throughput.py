"""How much arrives: the bit rate that the receiver acknowledges.

After libwebrtc's `BitrateEstimator`: samples of a window each, weighed by how far they are from what is believed.
"""

from __future__ import annotations

import ctypes
from typing import Final

_FIRST_WINDOW_US: Final = 500_000
_WINDOW_US: Final = 150_000
_UNCERTAINTY: Final = 10.0
_FIRST_VARIANCE: Final = 50.0
_DRIFT: Final = 5.0
_FAST_CHANGE: Final = 200.0


class Acknowledged(ctypes.Structure):
    """`estimate_kbps` is what arrives, in kbit/s, once `is_known`: half a second has arrived."""

    _fields_ = (
        ("is_known", ctypes.c_int64),
        ("has_last", ctypes.c_int64),
        ("last_us", ctypes.c_int64),
        ("window_us", ctypes.c_int64),
        ("sum_bytes", ctypes.c_int64),
        ("estimate_kbps", ctypes.c_double),
        ("variance", ctypes.c_double),
    )

    is_known: int
    has_last: int
    last_us: int
    window_us: int
    sum_bytes: int
    estimate_kbps: float
    variance: float

    def begin(self) -> None:
        """Where nothing is known."""
        self.variance = _FIRST_VARIANCE

    def expect_change(self) -> None:
        """What is sent changes from now on: what was believed counts for less."""
        self.variance += _FAST_CHANGE


def acknowledge(known: Acknowledged, arrived_us: int, octets: int) -> None:
    """So much came at once, the last of it then."""
    had_last, last_us = known.has_last, known.last_us
    known.has_last = 1
    known.last_us = arrived_us
    if not had_last or arrived_us < last_us:
        known.sum_bytes = octets
        known.window_us = 0
        return
    length_us = _WINDOW_US if known.is_known else _FIRST_WINDOW_US
    elapsed_us = arrived_us - last_us
    known.window_us += elapsed_us
    if elapsed_us > length_us:
        # Nothing came for longer than a window: the silence says nothing of the path.
        known.sum_bytes = 0
        known.window_us %= length_us
    if known.window_us >= length_us:
        _update(known, 8_000 * known.sum_bytes / length_us)
        known.window_us -= length_us
        known.sum_bytes = 0
    known.sum_bytes += octets


def _update(known: Acknowledged, sample_kbps: float) -> None:
    if not known.is_known:
        known.is_known = 1
        known.estimate_kbps = sample_kbps
        return
    estimate = known.estimate_kbps
    uncertainty = _UNCERTAINTY * abs(estimate - sample_kbps) / max(estimate, 1.0)
    sample_variance = uncertainty * uncertainty
    predicted = known.variance + _DRIFT
    total = sample_variance + predicted
    known.estimate_kbps = (sample_variance * estimate + predicted * sample_kbps) / total
    known.variance = sample_variance * predicted / total
