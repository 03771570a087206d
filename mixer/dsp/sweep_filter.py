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

_PASS = np.dtype([("depth", GLIDE), ("wet", GLIDE), ("state", "f8", (2, 2))], align=True)
SWEEP_FILTER = np.dtype([("knob", "f8"), ("sides", _PASS, (2,))], align=True)
"""`knob` is −1 (all low-pass) to +1 (all high-pass). Each side has its own filter, so that a knob thrown
across the middle fades one out while the other comes; `state` is (integrator, channel)."""

_LOW_PASS = 0
_DAMPING = 1.0 / 1.2
_LOW_PASS_TOP_HZ, _LOW_PASS_BOTTOM_HZ = 20_000.0, 40.0
_HIGH_PASS_BOTTOM_HZ, _HIGH_PASS_TOP_HZ = 20.0, 10_000.0


@kernel
def _corner(side: int, depth: float) -> float:
    """tan(π·f/fs) of the corner, `depth` 0 (open) to 1."""
    if side == _LOW_PASS:
        hz = _LOW_PASS_TOP_HZ * (_LOW_PASS_BOTTOM_HZ / _LOW_PASS_TOP_HZ) ** depth
    else:
        hz = _HIGH_PASS_BOTTOM_HZ * (_HIGH_PASS_TOP_HZ / _HIGH_PASS_BOTTOM_HZ) ** depth
    return math.tan(math.pi * hz / SAMPLE_RATE)


@kernel
def _pass(half: Any, side: int, audio: NDArray[np.float32], wet: NDArray[np.float64]) -> None:
    """One side of the knob on one quantum; `wet` is scratch."""
    state = half.state
    start = half.depth.value
    follow(half.depth, wet)
    end = half.depth.value
    follow(half.wet, wet)
    g = _corner(side, start)
    # The corner moves geometrically within the quantum, which is what the knob's law does.
    ratio = (_corner(side, end) / g) ** (1.0 / QUANTUM)
    for i in range(QUANTUM):
        g *= ratio
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
            y = v2 if side == _LOW_PASS else x - _DAMPING * v1 - v2
            audio[i, channel] = x + wet[i] * (y - x)
    for stage in range(2):
        for channel in range(2):
            if abs(state[stage, channel]) < 1e-20:
                state[stage, channel] = 0.0


@kernel
def sweep(filter_: Any, audio: NDArray[np.float32], curve: NDArray[np.float64]) -> None:
    """Filter one quantum in place. `curve`, QUANTUM long, is scratch."""
    for side in range(2):
        half = filter_.sides[side]
        depth = max(-filter_.knob if side == _LOW_PASS else filter_.knob, 0.0)
        half.depth.target = depth
        half.wet.target = 1.0 if depth > 0.0 else 0.0
        if rests_at(half.wet, 0.0) and rests_at(half.depth, 0.0):
            half.state[:] = 0.0
        else:
            _pass(half, side, audio, curve)
