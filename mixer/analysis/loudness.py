"""Integrated loudness (ITU-R BS.1770-5, EBU R 128), and the trim that brings a track to the desk's level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.onsets import Samples
from mixer.dsp.compiled import kernel
from mixer.dsp.units import SAMPLE_RATE

TARGET_LUFS = -14.0
_MAX_TRIM_DB = 12.0
_STEP = SAMPLE_RATE // 10
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
# BS.1770-5, tables 1 and 2, for 48 kHz: the head's shelf and the high-pass; b0, b1, b2, a1, a2.
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)


@kernel
def _weighted_power(pcm: NDArray[np.int16], out: NDArray[np.float64]) -> None:
    """K-weighted mean square of both channels together, for every tenth of a second."""
    b0, b1, b2, a1, a2 = _SHELF
    c0, c1, c2, d1, d2 = _HIGH_PASS
    for channel in range(2):
        p = q = r = s = 0.0
        for step in range(len(out)):
            power = 0.0
            for i in range(step * _STEP, (step + 1) * _STEP):
                x = pcm[i, channel] / 32768.0
                y = b0 * x + p
                p = b1 * x - a1 * y + q
                q = b2 * x - a2 * y
                z = c0 * y + r
                r = c1 * y - d1 * z + s
                s = c2 * y - d2 * z
                power += z * z
            out[step] += power / _STEP


def _lufs(power: float) -> float:
    return float(-0.691 + 10.0 * np.log10(max(power, 1e-12)))


def integrated_lufs(pcm: Samples) -> float:
    """Gated loudness in LUFS; −120.7 for silence."""
    steps: NDArray[np.float64] = np.zeros(len(pcm) // _STEP)
    _weighted_power(pcm, steps)
    if len(steps) < 4:
        return _lufs(float(steps.mean()) if len(steps) else 0.0)
    blocks = (steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4.0
    levels = -0.691 + 10.0 * np.log10(np.maximum(blocks, 1e-12))
    audible = blocks[levels > _ABSOLUTE_GATE]
    if len(audible) == 0:
        return _lufs(0.0)
    gate = _lufs(float(audible.mean())) + _RELATIVE_GATE
    loud = blocks[levels > max(gate, _ABSOLUTE_GATE)]
    return _lufs(float(loud.mean()))


def trim_db(lufs: float) -> float:
    """The trim that brings a track to TARGET_LUFS, at most 12 dB either way."""
    return float(np.clip(TARGET_LUFS - lufs, -_MAX_TRIM_DB, _MAX_TRIM_DB))
