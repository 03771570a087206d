"""The sampler: pads that play short sounds from their beginning, at their own speed, into the music."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel, stereo_at
from mixer.dsp.glide import follow, rests_at
from mixer.dsp.units import QUANTUM, gain_of_db
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.layout import PADS
from mixer.engine.reader import FADE_IN
from mixer.engine.transport import FADE

_END = 48
"""A sound that is cut off at its end is faded out over its last millisecond."""
_SCALE = 1.0 / 32768.0


@kernel
def _head(pad: Any, out: NDArray[np.float32]) -> None:
    """Add what the pad plays; the attack is the sound's own, so it is not faded in."""
    pcm = stereo_at(pad.pcm, pad.frames)
    for i in range(QUANTUM):
        if pad.head >= pad.frames:
            if not pad.loop:
                pad.sounding = 0
                return
            pad.head = 0
        gain = _SCALE
        left = pad.frames - pad.head
        if left < _END and not pad.loop:
            gain *= left / _END
        out[i, 0] += np.float32(gain * pcm[pad.head, 0])
        out[i, 1] += np.float32(gain * pcm[pad.head, 1])
        pad.head += 1


@kernel
def _tail(pad: Any, out: NDArray[np.float32]) -> None:
    """Add what the pad was playing before, as it goes."""
    pcm = stereo_at(pad.tail_pcm, pad.tail_frames)
    for i in range(QUANTUM):
        if pad.tail < pad.tail_frames:
            gain = _SCALE * (1.0 - FADE_IN[FADE - pad.fade_left + i])
            out[i, 0] += np.float32(gain * pcm[pad.tail, 0])
            out[i, 1] += np.float32(gain * pcm[pad.tail, 1])
            pad.tail += 1
    pad.fade_left -= QUANTUM
    if pad.fade_left <= 0:
        # A session may let go of a sound once no address of it is left.
        pad.tail_pcm = 0


@kernel
def play_pads(session: Any, music: NDArray[np.float32], work: Any) -> None:
    """Mix one quantum of every pad that sounds into `music`, shape (QUANTUM, 2)."""
    level = work.curves[0]
    moving = follow(session.sampler, level)
    for index in range(PADS):
        pad = session.pads[index]
        if not pad.sounding and pad.fade_left <= 0:
            continue
        audio, gain = work.head, work.curves[1]
        audio[:] = 0.0
        if pad.sounding:
            _head(pad, audio)
        if pad.fade_left > 0:
            _tail(pad, audio)
        follow(pad.gain, gain)
        if moving or not (rests_at(pad.gain, 1.0) and level[0] == 1.0):
            for i in range(QUANTUM):
                both = np.float32(level[i] * gain[i])
                audio[i, 0] *= both
                audio[i, 1] *= both
        for i in range(QUANTUM):
            music[i, 0] += audio[i, 0]
            music[i, 1] += audio[i, 1]


def _let_go(pad: Any) -> None:
    """What sounds fades out. What was fading already is cut: it is all but gone, or was struck within 10 ms."""
    if pad["sounding"]:
        for of in ("pcm", "frames"):
            pad[f"tail_{of}"] = pad[of]
        pad["tail"], pad["fade_left"] = pad["head"], FADE
    pad["sounding"] = 0


def put(pad: Any, address: int, frames: int) -> None:
    """Another sound on a pad, or none (0, 0)."""
    _let_go(pad)
    pad["pcm"], pad["frames"], pad["head"] = address, frames, 0


def _pad(session: Any, number: int) -> Any:
    if not 0 <= number < PADS:
        raise InvalidCommand(f"there is no pad {number}")
    return session["pads"][number]


@singledispatch
def apply(command: c.Command, session: Any) -> bool:
    """Apply a command of the sampler; False for other commands. Raises InvalidCommand."""
    return False


@apply.register
def _(command: c.PlaySample, session: Any) -> bool:
    pad = _pad(session, command.pad)
    if not pad["pcm"]:
        raise InvalidCommand(f"pad {command.pad} is empty")
    _let_go(pad)
    pad["head"], pad["sounding"] = 0, 1
    return True


@apply.register
def _(command: c.StopSample, session: Any) -> bool:
    _let_go(_pad(session, command.pad))
    return True


@apply.register
def _(command: c.SetSample, session: Any) -> bool:
    pad = _pad(session, command.pad)
    pad["db"], pad["loop"] = min(max(command.db, -60.0), 12.0), command.loop
    pad["gain"]["target"] = gain_of_db(float(pad["db"]))
    return True


@apply.register
def _(command: c.SetSampler, session: Any) -> bool:
    session["sampler_db"] = min(max(command.db, -60.0), 12.0)
    session["sampler"]["target"] = gain_of_db(float(session["sampler_db"]))
    return True
