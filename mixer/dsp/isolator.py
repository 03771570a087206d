"""Three-band isolator: Linkwitz-Riley of order 8 (48 dB an octave), in which every band can be killed.

The bands add up to an all-pass, not to the input, so a flat isolator is left out of the path altogether and faded in
when a band leaves unity. Order 8, because order 4 at 250 Hz lets a killed 125 Hz through at −25 dB.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.glide import GLIDE, follow, rests_at
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

LOW_CROSSOVER_HZ = 250.0
HIGH_CROSSOVER_HZ = 2500.0
BANDS = 3
LOW, MID, HIGH = range(BANDS)

# A Butterworth filter of order 4 is two sections with these Qs; a Linkwitz-Riley of order 8 is that filter twice.
_QS = (1.0 / (2.0 * math.cos(math.pi / 8.0)), 1.0 / (2.0 * math.cos(3.0 * math.pi / 8.0)))
_SECTIONS = 18
# Quanta for which the filters run before they are heard.
_WARM_UP = 10

ISOLATOR = np.dtype(
    [
        ("gain", GLIDE, (BANDS,)),
        ("engaged", GLIDE),
        ("warm", "i8"),
        ("state", "f8", (_SECTIONS, 2, 2)),
    ],
    align=True,
)
"""`state` is (section, delay, channel)."""


def section(kind: str, frequency_hz: float, q: float) -> tuple[float, float, float, float, float]:
    """b0, b1, b2, a1, a2 of a second-order "low", "high" or "all" pass (bilinear transform, RBJ's cookbook)."""
    omega = 2.0 * math.pi * frequency_hz / SAMPLE_RATE
    cosine, alpha = math.cos(omega), math.sin(omega) / (2.0 * q)
    a0, a1, a2 = 1.0 + alpha, -2.0 * cosine, 1.0 - alpha
    numerators = {
        "low": ((1.0 - cosine) / 2.0, 1.0 - cosine, (1.0 - cosine) / 2.0),
        "high": ((1.0 + cosine) / 2.0, -1.0 - cosine, (1.0 + cosine) / 2.0),
        "all": (a2, a1, a0),
    }
    b0, b1, b2 = numerators[kind]
    return b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0


def _coefficients() -> NDArray[np.float64]:
    twice = _QS * 2
    return np.array(
        [section("low", LOW_CROSSOVER_HZ, q) for q in twice]
        # The low band passes the upper crossover's all-pass, so that it stays in phase with the other two.
        + [section("all", HIGH_CROSSOVER_HZ, q) for q in _QS]
        + [section("high", LOW_CROSSOVER_HZ, q) for q in twice]
        + [section("low", HIGH_CROSSOVER_HZ, q) for q in twice]
        + [section("high", HIGH_CROSSOVER_HZ, q) for q in twice]
    )


_C = _coefficients()
_LOW_END, _UPPER_END, _MID_END = 6, 10, 14


@kernel
def _cascade(state: Any, first: int, end: int, channel: int, x: float) -> float:
    """`x` through sections first to end − 1 (transposed direct form II)."""
    for s in range(first, end):
        y = _C[s, 0] * x + state[s, 0, channel]
        state[s, 0, channel] = _C[s, 1] * x - _C[s, 3] * y + state[s, 1, channel]
        state[s, 1, channel] = _C[s, 2] * x - _C[s, 4] * y
        x = y
    return x


@kernel
def isolate(isolator: Any, audio: NDArray[np.float32], curves: NDArray[np.float64]) -> None:
    """Apply the three gains to one quantum in place. `curves`, shape (4 or more, QUANTUM), is scratch."""
    flat = True
    for band in range(BANDS):
        if not rests_at(isolator.gain[band], 1.0):
            flat = False
    if flat:
        isolator.engaged.target = 0.0
        if rests_at(isolator.engaged, 0.0):
            if isolator.warm > 0:
                isolator.state[:] = 0.0
                isolator.warm = 0
            return
    else:
        if isolator.warm < _WARM_UP:
            isolator.warm += 1
        else:
            isolator.engaged.target = 1.0
    for band in range(BANDS):
        # While the filters warm up nothing of them is heard, so the gains wait for them.
        if isolator.warm >= _WARM_UP:
            follow(isolator.gain[band], curves[band])
        else:
            curves[band, :] = isolator.gain[band].value
    follow(isolator.engaged, curves[BANDS])
    state = isolator.state
    for i in range(QUANTUM):
        wet = curves[BANDS, i]
        for channel in range(2):
            x = float(audio[i, channel])
            low = _cascade(state, 0, _LOW_END, channel, x)
            upper = _cascade(state, _LOW_END, _UPPER_END, channel, x)
            mid = _cascade(state, _UPPER_END, _MID_END, channel, upper)
            high = _cascade(state, _MID_END, _SECTIONS, channel, upper)
            y = low * curves[LOW, i] + mid * curves[MID, i] + high * curves[HIGH, i]
            audio[i, channel] = x + wet * (y - x)
    for s in range(_SECTIONS):
        for delay in range(2):
            for channel in range(2):
                # A decaying state ends as a denormal, which costs a hundred times as much to add.
                if abs(state[s, delay, channel]) < 1e-20:
                    state[s, delay, channel] = 0.0
