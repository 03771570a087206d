"""What is heard where a packet is missing: the wave goes on for a moment, and dies away.

As in ITU-T G.711 Appendix I the last period is repeated and faded out within 60 ms; libav gives no access to the
concealment of libopus.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE

Pcm = NDArray[np.float32]

HISTORY: Final = SAMPLE_RATE * 40 // 1000
"""Frames before the gap that are looked at."""
JOIN: Final = SAMPLE_RATE // 100
"""Frames over which what is made up crosses into what comes after it."""
_SHORTEST, _LONGEST = SAMPLE_RATE // 400, SAMPLE_RATE // 60
_TEMPLATE = SAMPLE_RATE // 100
_HOLD, _GONE = SAMPLE_RATE // 100, SAMPLE_RATE * 60 // 1000
_BLEND = SAMPLE_RATE // 200


def rising(frames: int) -> NDArray[np.float64]:
    """Smootherstep from 0 to 1: value, slope and curvature continuous."""
    along = (np.arange(frames) + 0.5) / frames
    return along**3 * (along * (6.0 * along - 15.0) + 10.0)


_FALLING = 1.0 - rising(_GONE - _HOLD)
_CORRECTION = 1.0 - rising(_BLEND)


def _period(mono: NDArray[np.float64]) -> int:
    """The lag at which the end of `mono` is most like what was before."""
    template = mono[-_TEMPLATE:]
    past = mono[-_TEMPLATE - _LONGEST : -_SHORTEST]
    likeness = np.correlate(past, template, "valid")
    squares = np.concatenate(([0.0], np.cumsum(past**2)))
    energy = squares[_TEMPLATE:] - squares[:-_TEMPLATE]
    best = int(np.argmax(likeness / np.sqrt(energy + 1e-9)))
    return _LONGEST - best


class Continuation:
    """Goes on from `history`, shape (HISTORY, 2), for as long as it is asked to."""

    def __init__(self, history: Pcm) -> None:
        past = history.astype(np.float64)
        period = _period(past.sum(axis=1))
        self._wave = past[-period:].copy()
        # The end of the period crosses into what was before its start, so that it can be repeated.
        blend = period // 4
        weight = rising(blend)[:, None]
        self._wave[-blend:] += weight * (past[-period - blend : -period] - self._wave[-blend:])
        # Where the repetition does not begin as the history would go on, the difference is worked off.
        value = past[-1] - past[-period - 1]
        slope = past[-1] - past[-2] - (past[-period - 1] - past[-period - 2])
        time = np.arange(1, _BLEND + 1)[:, None]
        self._correction = (value + slope * np.minimum(time, _BLEND // 4)) * _CORRECTION[:, None]
        self._at = 0

    def take(self, frames: int) -> Pcm:
        """The next frames."""
        at = self._at + np.arange(frames)
        self._at += frames
        made = self._wave[at % len(self._wave)]
        first = at[at < _BLEND]
        made[: len(first)] += self._correction[first]
        level = np.where(at < _HOLD, 1.0, 0.0)
        fading = (at >= _HOLD) & (at < _GONE)
        level[fading] = _FALLING[at[fading] - _HOLD]
        return (made * level[:, None]).astype(np.float32)

    def join(self, pcm: Pcm) -> Pcm:
        """`pcm` with its start crossed over from what would have gone on."""
        frames = min(JOIN, len(pcm))
        weight = rising(frames)[:, None].astype(np.float32)
        joined = pcm.copy()
        made = self.take(frames)
        joined[:frames] = made + weight * (pcm[:frames] - made)
        return joined
