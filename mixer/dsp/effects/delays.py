"""Echo and flanger: two uses of a stereo delay line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.effects.state import MEMORY
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

_FADE = 960
_MAX_FEEDBACK = 0.85
_FLANGER_SHORTEST = 0.0005 * SAMPLE_RATE
_FLANGER_DEPTH = 0.006 * SAMPLE_RATE
_FLANGER_FEEDBACK = 0.6


@kernel
def _delayed(memory: NDArray[np.float32], effect: Any, frames: int, channel: int) -> float:
    """The sample of `frames` ago, 1 to MEMORY − 1; silence from before the effect began."""
    if frames > effect.filled:
        return 0.0
    at = effect.write - frames
    if at < 0:
        at += MEMORY
    return float(memory[at, channel])


@kernel
def _push(memory: NDArray[np.float32], effect: Any, left: float, right: float) -> None:
    memory[effect.write, 0] = left if abs(left) > 1e-15 else 0.0
    memory[effect.write, 1] = right if abs(right) > 1e-15 else 0.0
    effect.write += 1
    if effect.write == MEMORY:
        effect.write = 0
    effect.filled = min(effect.filled + 1, MEMORY - 1)


@kernel
def echo(
    effect: Any,
    memory: NDArray[np.float32],
    audio: NDArray[np.float32],
    wet: NDArray[np.float64],
    amount: NDArray[np.float64],
    send: NDArray[np.float64],
    beat_frames: float,
) -> None:
    """Repeats every `beats` beats; `amount` is the feedback. A change of tempo fades over to the new delay."""
    wanted = round(effect.beats * beat_frames)
    wanted = max(min(wanted, MEMORY - 1), QUANTUM)
    if effect.delay == 0:
        effect.delay = wanted
        effect.next_delay = wanted
    if effect.fade_left == 0 and wanted != effect.delay:
        effect.next_delay = wanted
        effect.fade_left = _FADE
    for i in range(QUANTUM):
        along = 1.0 - effect.fade_left / _FADE
        blend = along * along * (3.0 - 2.0 * along)
        left = _delayed(memory, effect, effect.delay, 0)
        right = _delayed(memory, effect, effect.delay, 1)
        if effect.fade_left > 0:
            left += blend * (_delayed(memory, effect, effect.next_delay, 0) - left)
            right += blend * (_delayed(memory, effect, effect.next_delay, 1) - right)
            effect.fade_left -= 1
            if effect.fade_left == 0:
                effect.delay = effect.next_delay
        feedback = amount[i] * _MAX_FEEDBACK
        dry_left, dry_right = float(audio[i, 0]), float(audio[i, 1])
        _push(memory, effect, send[i] * dry_left + feedback * left, send[i] * dry_right + feedback * right)
        audio[i, 0] = dry_left + wet[i] * left
        audio[i, 1] = dry_right + wet[i] * right


@kernel
def flange(
    effect: Any,
    memory: NDArray[np.float32],
    audio: NDArray[np.float32],
    wet: NDArray[np.float64],
    amount: NDArray[np.float64],
    send: NDArray[np.float64],
    oscillator: NDArray[np.float64],
) -> None:
    """A comb whose notches move with the oscillator (0 to 1); `amount` is the depth."""
    for i in range(QUANTUM):
        delay = _FLANGER_SHORTEST + _FLANGER_DEPTH * amount[i] * oscillator[i]
        whole = math.floor(delay)
        part = delay - whole
        dry_left, dry_right = float(audio[i, 0]), float(audio[i, 1])
        near_left, far_left = _delayed(memory, effect, whole, 0), _delayed(memory, effect, whole + 1, 0)
        near_right, far_right = _delayed(memory, effect, whole, 1), _delayed(memory, effect, whole + 1, 1)
        left = near_left + part * (far_left - near_left)
        right = near_right + part * (far_right - near_right)
        _push(
            memory,
            effect,
            send[i] * dry_left + _FLANGER_FEEDBACK * left,
            send[i] * dry_right + _FLANGER_FEEDBACK * right,
        )
        audio[i, 0] = dry_left + 0.5 * wet[i] * (left - dry_left)
        audio[i, 1] = dry_right + 0.5 * wet[i] * (right - dry_right)
