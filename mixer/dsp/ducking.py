"""Talkover: while somebody speaks, the music steps back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.glide import GLIDE
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

DUCKING = np.dtype(
    [("depth", "f8"), ("threshold", "f8"), ("envelope", "f8"), ("hold_left", "i8"), ("gain", GLIDE)], align=True
)
"""`depth`: linear gain of the music under speech, 1 for none. `threshold`: peak of speech, linear."""

_HOLD = SAMPLE_RATE // 2
# Per quantum. The music goes down in a tenth of the time in which it comes back.
_DOWN = 1.0 - math.exp(-QUANTUM / (0.02 * SAMPLE_RATE))
_UP = 1.0 - math.exp(-QUANTUM / (0.25 * SAMPLE_RATE))


@kernel
def listen(ducking: Any, voice: NDArray[np.float32]) -> None:
    """Take one quantum of the microphone, as it is mixed, and move the music's gain."""
    peak = np.float32(0.0)
    for i in range(QUANTUM):
        peak = max(peak, max(abs(voice[i, 0]), abs(voice[i, 1])))
    if peak > ducking.threshold:
        ducking.hold_left = _HOLD
    speaking = ducking.hold_left > 0
    ducking.hold_left = max(ducking.hold_left - QUANTUM, 0)
    wanted = ducking.depth if speaking else 1.0
    rate = _DOWN if wanted < ducking.envelope else _UP
    ducking.envelope += rate * (wanted - ducking.envelope)
    if abs(wanted - ducking.envelope) < 1e-5:
        ducking.envelope = wanted
    ducking.gain.target = ducking.envelope
