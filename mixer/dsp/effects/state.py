"""What an effect slot remembers, and the memory of its delay lines."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from mixer.dsp.glide import GLIDE

MEMORY = 96_000
"""Stereo frames of delay line per slot: two seconds, a beat at 30 BPM."""

PHASER_STAGES = 6
REVERB_LINES = 8


class EffectKind(IntEnum):
    """What an effect slot does."""

    NONE = 0
    ECHO = 1
    REVERB = 2
    FLANGER = 3
    PHASER = 4
    BITCRUSH = 5
    GATE = 6


EFFECT = np.dtype(
    [
        ("kind", "i8"),
        ("wanted_kind", "i8"),
        ("wanted_mix", "f8"),
        ("beats", "f8"),
        ("mix", GLIDE),
        ("amount", GLIDE),
        ("shape", GLIDE),
        ("send", GLIDE),
        ("write", "i8"),
        ("filled", "i8"),
        ("delay", "i8"),
        ("next_delay", "i8"),
        ("fade_left", "i8"),
        ("stages", "f8", (PHASER_STAGES, 2)),
        ("feedback", "f8", (2,)),
        ("held", "f8", (2,)),
        ("hold", "f8"),
        ("damped", "f4", (REVERB_LINES,)),
    ],
    align=True,
)
"""`kind` sounds; `wanted_kind` replaces it once `mix` has faded out. `amount` is 0 to 1. `beats`: the period. `shape`:
the low-frequency oscillator or the gate. `send`: how much enters a delay line, faded in. `write`,
`filled`: position in the delay memory and how much of it is valid."""
