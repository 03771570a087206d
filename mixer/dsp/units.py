"""The units of the engine: its sample rate, how it divides time, and decibels."""

from __future__ import annotations

SAMPLE_RATE = 48_000
"""Frames a second, everywhere in the engine."""

QUANTUM = 48
"""Frames (1 ms) that are computed at once. A block is whole quanta, so its size is not heard."""

BLOCK = 240
"""Frames (5 ms) of one tick of the clock."""


def gain_of_db(db: float) -> float:
    """Linear gain of a level in dB."""
    return float(10.0 ** (db / 20.0))
