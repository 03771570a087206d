"""Reverb: a feedback delay network of eight lines (Jot and Chaigne, AES 90, 1991), dying away with the beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.effects.state import MEMORY, REVERB_LINES
from mixer.dsp.units import QUANTUM

# Primes, so that the echoes of the lines do not coincide.
_LENGTHS = np.array([1123, 1303, 1511, 1747, 1993, 2237, 2503, 2801], np.int64)
_LINE = 4096
_SCALE = np.float32(1.0 / np.sqrt(REVERB_LINES))


@kernel
def reverberate(
    effect: Any,
    memory: NDArray[np.float32],
    audio: NDArray[np.float32],
    wet: NDArray[np.float64],
    amount: NDArray[np.float64],
    send: NDArray[np.float64],
    beat_frames: float,
    lines: NDArray[np.float64],
) -> None:
    """`beats` is the time to −60 dB, `amount` how dark the room is. `lines`, at least (2, REVERB_LINES), is scratch."""
    flat = memory.reshape(2 * MEMORY)
    decay = max(effect.beats * beat_frames, 2400.0)
    for j in range(REVERB_LINES):
        lines[1, j] = 10.0 ** (-3.0 * _LENGTHS[j] / decay)
    for i in range(QUANTUM):
        write = effect.write
        bright = 1.0 - 0.85 * amount[i]
        total = 0.0
        for j in range(REVERB_LINES):
            value = 0.0
            if effect.filled >= _LENGTHS[j]:
                value = float(flat[j * _LINE + ((write - _LENGTHS[j]) & (_LINE - 1))])
            effect.damped[j] += bright * (value - effect.damped[j])
            if abs(effect.damped[j]) < 1e-15:
                effect.damped[j] = 0.0
            lines[0, j] = effect.damped[j] * lines[1, j]
            total += lines[0, j]
        # A Householder matrix mixes the lines: every line feeds every other, and no energy is gained.
        total *= 2.0 / REVERB_LINES
        dry_left, dry_right = float(audio[i, 0]), float(audio[i, 1])
        left = 0.0
        right = 0.0
        for j in range(REVERB_LINES):
            source = dry_left if j % 2 == 0 else dry_right
            flat[j * _LINE + (write & (_LINE - 1))] = lines[0, j] - total + send[i] * source * _SCALE
            sign = 1.0 if (j // 2) % 2 == 0 else -1.0
            if j % 2 == 0:
                left += sign * lines[0, j]
            else:
                right += sign * lines[0, j]
        effect.write = (write + 1) & (_LINE - 1)
        effect.filled = min(effect.filled + 1, _LINE)
        audio[i, 0] = dry_left + wet[i] * left
        audio[i, 1] = dry_right + wet[i] * right
