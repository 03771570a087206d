"""The DJ filter knob: low-pass to the left, high-pass to the right, nothing in the middle.

A state-variable filter in its topology-preserving form (Zavalishin, "The Art of VA Filter Design", §4), which stays
stable and free of clicks while its frequency moves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.glide import GLIDE, follow, rests_at
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

SWEEP_FILTER = np.dtype([("knob", GLIDE), ("state", "f8", (2, 2))], align=True)
"""`knob` is −1 (all low-pass) to +1 (all high-pass); `state` is (integrator, channel)."""

_DAMPING = 1.0 / 1.2
_LOW_PASS_TOP_HZ, _LOW_PASS_BOTTOM_HZ = 20_000.0, 40.0
_HIGH_PASS_BOTTOM_HZ, _HIGH_PASS_TOP_HZ = 20.0, 10_000.0
# Around the middle the filter is faded in over this much of the knob.
_FADE_IN = 0.05


@kernel
def _cutoff_of(knob: float) -> float:
    """tan(π·f/fs) of the corner for a knob position."""
    if knob < 0.0:
        hz = _LOW_PASS_TOP_HZ * (_LOW_PASS_BOTTOM_HZ / _LOW_PASS_TOP_HZ) ** min(-knob, 1.0)
    else:
        hz = _HIGH_PASS_BOTTOM_HZ * (_HIGH_PASS_TOP_HZ / _HIGH_PASS_BOTTOM_HZ) ** min(knob, 1.0)
    return math.tan(math.pi * hz / SAMPLE_RATE)


@kernel
def sweep(filter_: Any, audio: NDArray[np.float32], curve: NDArray[np.float64]) -> None:
    """Filter one quantum in place. `curve`, QUANTUM long, is scratch."""
    state = filter_.state
    if rests_at(filter_.knob, 0.0):
        state[:] = 0.0
        return
    start = filter_.knob.value
    follow(filter_.knob, curve)
    end = filter_.knob.value
    if start * end < 0.0:
        # Crossing the middle changes the kind of filter; there it is faded out, so the corner may jump.
        start = end
    g = _cutoff_of(start)
    # The corner moves geometrically within the quantum, which is what the knob's curve does.
    ratio = (_cutoff_of(end) / g) ** (1.0 / QUANTUM)
    for i in range(QUANTUM):
        g *= ratio
        knob = curve[i]
        wet = min(abs(knob) / _FADE_IN, 1.0)
        wet = wet * wet * (3.0 - 2.0 * wet)
        a1 = 1.0 / (1.0 + g * (g + _DAMPING))
        a2 = g * a1
        a3 = g * a2
        for channel in range(2):
            x = float(audio[i, channel])
            v3 = x - state[1, channel]
            v1 = a1 * state[0, channel] + a2 * v3
            v2 = state[1, channel] + a2 * state[0, channel] + a3 * v3
            state[0, channel] = 2.0 * v1 - state[0, channel]
            state[1, channel] = 2.0 * v2 - state[1, channel]
            y = v2 if knob < 0.0 else x - _DAMPING * v1 - v2
            audio[i, channel] = x + wet * (y - x)
    for stage in range(2):
        for channel in range(2):
            if abs(state[stage, channel]) < 1e-20:
                state[stage, channel] = 0.0
