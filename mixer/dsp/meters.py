"""Level meters: VU (IEC 60268-17: 300 ms), peak with hold, and a clip light."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

METER = np.dtype([("power", "f8", (2,)), ("peak", "f8", (2,)), ("clip_left", "i8")], align=True)
"""`power`: smoothed mean square of each channel. `peak`: falling peak. `clip_left`: frames that the light stays on."""

_VU = 1.0 - math.exp(-QUANTUM / (0.065 * SAMPLE_RATE))  # 99% of a step after 300 ms
_FALL = 10.0 ** (-20.0 / 20.0 * QUANTUM / (1.5 * SAMPLE_RATE))  # 20 dB in 1.5 s (IEC 60268-10, type II)
_CLIP_HOLD = SAMPLE_RATE


@kernel
def measure(meter: Any, audio: NDArray[np.float32]) -> None:
    """Take one quantum in."""
    meter.clip_left = max(meter.clip_left - QUANTUM, 0)
    for channel in range(2):
        power = 0.0
        peak = np.float32(0.0)
        for i in range(QUANTUM):
            value = audio[i, channel]
            power += value * value
            peak = max(peak, abs(value))
        meter.power[channel] += _VU * (power / QUANTUM - meter.power[channel])
        if meter.power[channel] < 1e-15:
            meter.power[channel] = 0.0
        meter.peak[channel] = max(meter.peak[channel] * _FALL, float(peak))
        if meter.peak[channel] < 1e-8:
            meter.peak[channel] = 0.0
        if peak >= 1.0:
            meter.clip_left = _CLIP_HOLD
