"""One effect slot: which effect sounds, how it is faded in and out, and where the beat is in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.effects.delays import echo, flange
from mixer.dsp.effects.reverb import reverberate
from mixer.dsp.effects.shapers import crush, gate, phase
from mixer.dsp.glide import follow, rests_at

# The values of EffectKind, which a kernel cannot look up.
_NONE, _ECHO, _REVERB, _FLANGER, _PHASER, _BITCRUSH, _GATE = range(7)


@kernel
def _begin(effect: Any) -> None:
    """Forget the effect that sounded before, and fade in the wanted one."""
    effect.kind = effect.wanted_kind
    effect.write = 0
    effect.filled = 0
    effect.delay = 0
    effect.next_delay = 0
    effect.fade_left = 0
    effect.stages[:] = 0.0
    effect.feedback[:] = 0.0
    effect.held[:] = 0.0
    effect.hold = 0.0
    effect.damped[:] = 0.0
    # A delay line that began in the middle of a tone would repeat that edge.
    effect.send.first = 0.0
    effect.send.second = 0.0
    effect.send.value = 0.0
    effect.send.target = 1.0
    if effect.kind != _NONE:
        effect.mix.target = effect.wanted_mix


@kernel
def apply_effect(
    effect: Any,
    memory: NDArray[np.float32],
    audio: NDArray[np.float32],
    beat: float,
    beat_frames: float,
    curves: NDArray[np.float64],
) -> None:
    """Process one quantum in place.

    `beat`: position in beats at its start. `beat_frames`: output frames per beat. `memory`: (MEMORY, 2). `curves`:
    scratch of shape (6, QUANTUM).
    """
    if effect.kind != effect.wanted_kind:
        effect.mix.target = 0.0
        if rests_at(effect.mix, 0.0):
            _begin(effect)
    else:
        effect.mix.target = effect.wanted_mix if effect.kind != _NONE else 0.0
    if effect.kind == _NONE:
        return
    wet, amount, shape, send = curves[0], curves[1], curves[2], curves[3]
    follow(effect.mix, wet)
    follow(effect.amount, amount)
    follow(effect.send, send)
    along = beat / effect.beats
    along -= math.floor(along)
    if effect.kind == _GATE:
        # The part of the period for which the gate is open.
        effect.shape.target = 1.0 if along < 1.0 - 0.75 * effect.amount.target else 0.0
    else:
        effect.shape.target = 0.5 - 0.5 * math.cos(2.0 * math.pi * along)
    follow(effect.shape, shape)
    if effect.kind == _ECHO:
        echo(effect, memory, audio, wet, amount, send, beat_frames)
    elif effect.kind == _REVERB:
        reverberate(effect, memory, audio, wet, amount, send, beat_frames, curves[4:6])
    elif effect.kind == _FLANGER:
        flange(effect, memory, audio, wet, amount, send, shape)
    elif effect.kind == _PHASER:
        phase(effect, audio, wet, amount, shape)
    elif effect.kind == _BITCRUSH:
        crush(effect, audio, wet, amount, shape)
    else:
        gate(audio, wet, shape)
