"""The laws of faders: what gain a position on the desk means. Pure functions, used when a command arrives."""

from __future__ import annotations

import math
from enum import IntEnum


class Curve(IntEnum):
    """How the crossfader blends."""

    CONSTANT_POWER = 0
    """−3 dB in the middle: unrelated tracks stay equally loud."""
    LINEAR = 1
    """−6 dB in the middle: the same signal on both sides stays equally loud."""
    OPEN = 2
    """Both sides at unity from the middle outwards, for long blends."""
    CUT = 3
    """Fully open after 5% of the way, for scratching."""


class Side(IntEnum):
    """Which side of the crossfader a channel is on."""

    A = 0
    THRU = 1
    B = 2


_CUT_WIDTH = 0.05


def crossfade_gains(position: float, curve: Curve) -> tuple[float, float]:
    """Linear gains (a, b) for a crossfader at `position`, −1 (A) to +1 (B)."""
    along = min(max((position + 1.0) / 2.0, 0.0), 1.0)
    match curve:
        case Curve.CONSTANT_POWER:
            # cos(π/2) is 6e-17 in floating point: an end of the fader is to be silent.
            a = math.cos(along * math.pi / 2.0) if along < 1.0 else 0.0
            return a, math.sin(along * math.pi / 2.0)
        case Curve.LINEAR:
            return 1.0 - along, along
        case Curve.OPEN:
            return min(2.0 * (1.0 - along), 1.0), min(2.0 * along, 1.0)
        case Curve.CUT:
            return min((1.0 - along) / _CUT_WIDTH, 1.0), min(along / _CUT_WIDTH, 1.0)


def side_gain(side: Side, position: float, curve: Curve, *, hamster: bool) -> float:
    """The crossfader's gain for one channel; `hamster` swaps its sides."""
    if side is Side.THRU:
        return 1.0
    a, b = crossfade_gains(-position if hamster else position, curve)
    return a if side is Side.A else b


def fader_gain(position: float) -> float:
    """Linear gain of a channel fader at `position`, 0 to 1: square law, −12 dB half way up."""
    return min(max(position, 0.0), 1.0) ** 2


def equaliser_gain(position: float) -> float:
    """Linear gain of an equaliser knob at `position`, −1 (kill) over 0 (flat) to +1 (+12 dB)."""
    position = min(max(position, -1.0), 1.0)
    return float(10.0 ** (0.6 * position)) if position >= 0.0 else (1.0 + position) ** 2


def equaliser_position(gain: float) -> float:
    """The position of an equaliser knob of which `equaliser_gain` makes `gain`."""
    return math.log10(gain) / 0.6 if gain >= 1.0 else math.sqrt(max(gain, 0.0)) - 1.0
