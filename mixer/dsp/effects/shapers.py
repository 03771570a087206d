"""Phaser, bitcrush and gate: effects without a delay line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.effects.state import PHASER_STAGES
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

_PHASER_BOTTOM_HZ = 200.0
_PHASER_OCTAVES = 4.0
_PHASER_FEEDBACK = 0.7
_COARSEST_HOLD = 23.0
_FINEST_BITS, _BITS_LOST = 16.0, 11.0


@kernel
def phase(
    effect: Any,
    audio: NDArray[np.float32],
    wet: NDArray[np.float64],
    amount: NDArray[np.float64],
    oscillator: NDArray[np.float64],
) -> None:
    """Six all-passes whose corner moves four octaves with the oscillator; `amount` is the feedback."""
    for i in range(QUANTUM):
        hz = _PHASER_BOTTOM_HZ * 2.0 ** (_PHASER_OCTAVES * oscillator[i])
        t = math.tan(math.pi * hz / SAMPLE_RATE)
        a = (t - 1.0) / (t + 1.0)
        for channel in range(2):
            dry = float(audio[i, channel])
            x = dry + _PHASER_FEEDBACK * amount[i] * effect.feedback[channel]
            for stage in range(PHASER_STAGES):
                y = a * x + effect.stages[stage, channel]
                effect.stages[stage, channel] = x - a * y
                x = y
            effect.feedback[channel] = x if abs(x) > 1e-15 else 0.0
            audio[i, channel] = dry + 0.5 * wet[i] * (x - dry)
    for stage in range(PHASER_STAGES):
        for channel in range(2):
            if abs(effect.stages[stage, channel]) < 1e-20:
                effect.stages[stage, channel] = 0.0


@kernel
def crush(
    effect: Any,
    audio: NDArray[np.float32],
    wet: NDArray[np.float64],
    amount: NDArray[np.float64],
    oscillator: NDArray[np.float64],
) -> None:
    """Fewer bits and a lower sample rate by `amount`; the oscillator moves the rate with the beat."""
    for i in range(QUANTUM):
        effect.hold -= 1.0
        if effect.hold <= 0.0:
            effect.hold += 1.0 + _COARSEST_HOLD * amount[i] * oscillator[i]
            levels = 2.0 ** (_FINEST_BITS - 1.0 - _BITS_LOST * amount[i])
            for channel in range(2):
                effect.held[channel] = math.floor(audio[i, channel] * levels + 0.5) / levels
        for channel in range(2):
            dry = float(audio[i, channel])
            audio[i, channel] = dry + wet[i] * (effect.held[channel] - dry)


@kernel
def gate(audio: NDArray[np.float32], wet: NDArray[np.float64], opening: NDArray[np.float64]) -> None:
    """Let through what `opening` (0 to 1) says."""
    for i in range(QUANTUM):
        gain = 1.0 + wet[i] * (opening[i] - 1.0)
        audio[i, 0] *= gain
        audio[i, 1] *= gain
