"""The units of the engine: its sample rate, how it divides time, and decibels."""

from __future__ import annotations

import math

SAMPLE_RATE = 48_000
"""Frames a second, everywhere in the engine."""

QUANTUM = 48
"""Frames (1 ms) that are computed at once. A block is whole quanta, so its size is not heard."""

BLOCK = 240
"""Frames (5 ms) of one tick of the clock."""


def gain_of_db(db: float) -> float:
    """Linear gain of a level in dB."""
    return float(10.0 ** (db / 20.0))


def db_of_gain(gain: float) -> float:
    """Level in dB of a linear gain, −120 for what is less."""
    return 20.0 * math.log10(gain) if gain > 1e-6 else -120.0
