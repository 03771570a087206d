"""Look-ahead true-peak limiter: nothing between the samples passes the ceiling either (ITU-R BS.1770-5, Annex 2).

Work is done per quantum: the gain that each needs is known two quanta before it leaves, so the gain at every boundary
is the least of its neighbours and moves between boundaries on a smooth curve that never exceeds what a quantum needs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.units import QUANTUM, SAMPLE_RATE, gain_of_db

CEILING_DBTP = -1.0
# Four values per sample miss up to 0.4 dB of a peak at 15 kHz, and a moving gain shifts peaks a little.
_CEILING = gain_of_db(CEILING_DBTP - 0.4)
LATENCY = 2 * QUANTUM
"""Frames by which the output is late."""

_RELEASE_S = 0.08
_RELEASE = 1.0 - math.exp(-QUANTUM / (_RELEASE_S * SAMPLE_RATE))

_PHASES = 4
_TAPS = 24
_TAIL = _TAPS - 1


def _interpolator() -> NDArray[np.float64]:
    """Three fractional delays, a quarter to three quarters, of shape (3, _TAPS), each with a gain of one at 0 Hz."""
    rows = []
    for phase in range(1, _PHASES):
        time = np.arange(_TAPS) - (_TAPS / 2 - 1) - phase / _PHASES
        taps = np.sinc(time) * np.i0(5.0 * np.sqrt(np.clip(1.0 - (time / (_TAPS / 2)) ** 2, 0.0, 1.0))) / np.i0(5.0)
        rows.append(taps / taps.sum())
    return np.array(rows)


_FIR = _interpolator().astype(np.float32)
# No interpolated value exceeds the largest sample by more than this, so quiet quanta need no interpolation.
_WORST_OVERSHOOT = float(np.abs(_FIR).sum(axis=1).max())

LIMITER = np.dtype(
    [
        ("delayed", "f4", (2, QUANTUM, 2)),
        ("tail", "f4", (2, _TAIL)),
        ("needs", "f8", (3,)),
        ("boundary", "f8"),
        ("reduction", "f8"),
        ("padded", "f4", (_TAIL + QUANTUM,)),
    ],
    align=True,
)
"""`delayed`: the last two quanta. `needs`: the gains that the last three need, newest last. `boundary`: the gain at the
start of the next quantum to leave. `reduction`: the least gain since it was read."""


def reset(limiter: Any) -> None:
    """An idle limiter: silence inside, unity gain."""
    for name in ("delayed", "tail", "padded"):
        limiter[name] = 0.0
    limiter["needs"] = 1.0
    limiter["boundary"] = 1.0
    limiter["reduction"] = 1.0


@kernel
def _true_peak(limiter: Any, audio: NDArray[np.float32]) -> float:
    """The largest value at and between the samples up to this quantum's end, twelve frames ago included."""
    peak = np.float32(0.0)
    padded = limiter.padded
    for channel in range(2):
        loudest = np.float32(0.0)
        for j in range(_TAIL):
            padded[j] = limiter.tail[channel, j]
            loudest = max(loudest, abs(padded[j]))
        for i in range(QUANTUM):
            padded[_TAIL + i] = audio[i, channel]
            loudest = max(loudest, abs(audio[i, channel]))
        for j in range(_TAIL):
            limiter.tail[channel, j] = padded[QUANTUM + j]
        peak = max(peak, loudest)
        if loudest * _WORST_OVERSHOOT > _CEILING:
            for i in range(QUANTUM):
                for phase in range(_PHASES - 1):
                    value = np.float32(0.0)
                    for tap in range(_TAPS):
                        value += _FIR[phase, tap] * padded[i + tap]
                    peak = max(peak, abs(value))
    return float(peak)


@kernel
def limit(limiter: Any, audio: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Take one quantum in and write the one of LATENCY frames ago to `out`; the arrays may be the same."""
    peak = _true_peak(limiter, audio)
    needed = _CEILING / peak if peak > _CEILING else 1.0
    needs = limiter.needs
    needs[0] = needs[1]
    needs[1] = needs[2]
    needs[2] = needed
    start = limiter.boundary
    # needs[0] belongs to the quantum that leaves. The detector sees the last frames of a quantum one quantum later.
    least = min(needs[0], min(needs[1], needs[2]))
    end = min(start + _RELEASE * (1.0 - start), least)
    if least == 1.0 and 1.0 - end < 1e-6:
        end = 1.0
    limiter.boundary = end
    limiter.reduction = min(limiter.reduction, end)
    delayed = limiter.delayed
    for i in range(QUANTUM):
        along = (i + 1.0) / QUANTUM
        gain = start + (end - start) * along * along * (3.0 - 2.0 * along)
        for channel in range(2):
            now = audio[i, channel]
            out[i, channel] = delayed[0, i, channel] * gain
            delayed[0, i, channel] = delayed[1, i, channel]
            delayed[1, i, channel] = now
