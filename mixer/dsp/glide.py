"""Every control moves on a glide: three one-pole smoothers in a row, so that neither value, slope nor curvature jumps.

A step through three poles falls off as 1/f⁴ above the corner at 64 Hz: at 2 kHz it is 90 dB down. A straight ramp of
the same length has kinks at both ends and is heard at −60 dB.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.units import SAMPLE_RATE

GLIDE = np.dtype([("target", "f8"), ("first", "f8"), ("second", "f8"), ("value", "f8")], align=True)

TIME_CONSTANT_S = 0.0025
_COEFFICIENT = 1.0 - math.exp(-1.0 / (TIME_CONSTANT_S * SAMPLE_RATE))
_CLOSE = 1e-7


def settle(glide: Any, value: float) -> None:
    """Put a glide at `value` at once: for state that is not heard."""
    for stage in ("target", "first", "second", "value"):
        glide[stage] = value


@kernel
def follow(glide: Any, curve: NDArray[np.float64]) -> bool:
    """Fill `curve` with the next values, one a frame; False when they are all the target."""
    target, first, second, value = glide.target, glide.first, glide.second, glide.value
    if first == target and second == target and value == target:
        for i in range(len(curve)):
            curve[i] = target
        return False
    for i in range(len(curve)):
        first += _COEFFICIENT * (target - first)
        second += _COEFFICIENT * (first - second)
        value += _COEFFICIENT * (second - value)
        curve[i] = value
    if abs(target - first) < _CLOSE and abs(target - second) < _CLOSE and abs(target - value) < _CLOSE:
        first = second = value = target
    glide.first = first
    glide.second = second
    glide.value = value
    return True


@kernel
def rests_at(glide: Any, value: float) -> bool:
    """Whether the glide is at `value` and stays there."""
    return bool(glide.target == value and glide.first == value and glide.second == value and glide.value == value)
