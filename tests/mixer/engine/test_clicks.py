"""Nothing that a DJ does clicks: on a 100 Hz tone, what appears above 2 kHz stays below −80 dBFS."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve, Side
from mixer.engine import commands as c
from tests.mixer.rig import Rig, Samples, splash_db, tone

BOUND_DB = -80.0

# What is done 0.5 s into the tone, and what follows 0.3 s later. Deck 0 plays at 120 BPM.
GESTURES: dict[str, tuple[list[c.Command], list[c.Command]]] = {
    "stop and start": ([c.Play(0, False)], [c.Play(0, True)]),
    "cue": ([c.PressCue(0)], [c.PressCue(0)]),
    "seek": ([c.Seek(0, 100_123.4)], [c.Seek(0, 12_345.6)]),
    "hot cue": ([c.SetHotCue(0, 0, 60_100), c.JumpToHotCue(0, 0)], [c.JumpToHotCue(0, 0)]),
    "two jumps in one block": ([c.Seek(0, 100_123.4), c.Seek(0, 60_077.0)], [c.BeatJump(0, 0.3)]),
    "loop of an eighth": ([c.BeatLoop(0, 0.1279)], [c.SetLooping(0, False)]),
    "loop halved and doubled": ([c.BeatLoop(0, 0.77), c.ScaleLoop(0, 0.5)], [c.ScaleLoop(0, 2.0)]),
    "loop roll": ([c.LoopRoll(0, 0.13)], [c.LoopRoll(0, None)]),
    "slip": ([c.SetSlip(0, True), c.Seek(0, 5_077)], [c.SetSlip(0, False)]),
    "reverse": ([c.SetReverse(0, True)], [c.SetReverse(0, False)]),
    "key lock": ([c.SetPitch(0, 1.0), c.SetKeyLock(0, True)], [c.SetKeyLock(0, False)]),
    "key shift": ([c.SetKeyLock(0, True), c.SetKeyShift(0, 3.0)], [c.SetKeyShift(0, -2.0)]),
    "pitch fader": ([c.SetPitchRange(0, 0.5), c.SetPitch(0, 1.0)], [c.SetPitch(0, -1.0)]),
    "brake and motor on again": ([c.Brake(0, 0.2)], [c.Play(0, True)]),
    "brake and spin up with key lock": (
        [c.SetPitch(0, 1.0), c.SetKeyLock(0, True), c.Brake(0, 0.25)],
        [c.SpinUp(0, 0.2)],
    ),
    "a pad struck twice": ([c.LoadSample(0, "swell"), c.PlaySample(0)], [c.PlaySample(0)]),
    "a pad stopped": ([c.LoadSample(0, "swell"), c.PlaySample(0)], [c.StopSample(0)]),
    "a pad replaced": ([c.LoadSample(0, "swell"), c.PlaySample(0)], [c.LoadSample(0, "tone")]),
    "pad levels": ([c.LoadSample(0, "swell"), c.PlaySample(0)], [c.SetSample(0, -20.0), c.SetSampler(-6.0)]),
    "bend": ([c.Bend(0, 0.08)], [c.Bend(0, 0.0)]),
    "trim": ([c.SetTrim(0, 6.0)], [c.SetTrim(0, -24.0)]),
    "low kill": ([c.SetEqualiser(0, 0, -1.0)], [c.SetEqualiser(0, 0, 0.0)]),
    "low boost": ([c.SetEqualiser(0, 0, 0.5)], [c.SetEqualiser(0, 0, 0.0)]),
    "mid kill": ([c.SetEqualiser(0, 1, -1.0)], [c.SetEqualiser(0, 1, 0.0)]),
    "high kill": ([c.SetEqualiser(0, 2, -1.0)], [c.SetEqualiser(0, 2, 0.5)]),
    "filter low-pass to high-pass": ([c.SetFilter(0, -1.0)], [c.SetFilter(0, 1.0)]),
    "filter off": ([c.SetFilter(0, 0.7)], [c.SetFilter(0, 0.0)]),
    "fader": ([c.SetFader(0, 0.0)], [c.SetFader(0, 1.0)]),
    "crossfader cut": (
        [c.SetSide(0, Side.A), c.SetCrossfaderCurve(Curve.CUT), c.MoveCrossfader(1.0)],
        [c.MoveCrossfader(-1.0)],
    ),
    "hamster": ([c.SetSide(0, Side.A), c.MoveCrossfader(-1.0)], [c.SetCrossfaderCurve(Curve.LINEAR, hamster=True)]),
    "master": ([c.SetMaster(-60.0)], [c.SetMaster(0.0)]),
    "eject": ([c.Load(0, None)], [c.Load(0, "tone"), c.Play(0, True)]),
    "load over a playing deck": ([c.Load(0, "other"), c.Play(0, True)], [c.Load(0, "tone"), c.Play(0, True)]),
    "phaser on a deck": (
        [c.SetEffect(0, EffectKind.PHASER)],
        [c.SetEffect(0, EffectKind.NONE)],
    ),
    "echo on the master": ([c.SetEffect(4, EffectKind.ECHO, beats=0.25)], [c.SetEffect(4, EffectKind.NONE)]),
    "reverb": ([c.SetEffect(0, EffectKind.REVERB)], [c.SetEffect(0, EffectKind.NONE)]),
    "flanger": ([c.SetEffect(0, EffectKind.FLANGER)], [c.SetEffect(0, EffectKind.NONE)]),
    "gate": ([c.SetEffect(0, EffectKind.GATE, beats=0.25)], [c.SetEffect(0, EffectKind.NONE)]),
    "one effect to another": (
        [c.SetEffect(0, EffectKind.ECHO, beats=0.25, amount=0.8)],
        [c.SetEffect(0, EffectKind.FLANGER)],
    ),
}


def swell() -> Samples:
    """A tone that comes and goes softly: a pad's attack is the sound's own, and may be as hard as it likes."""
    pcm = tone(100.0, 3.0, 0.4).astype(np.float64)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(9_600) / 9_600)
    pcm[: len(ramp)] *= ramp[:, None]
    pcm[-len(ramp) :] *= ramp[::-1, None]
    return np.round(pcm).astype(np.int16)


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_gesture_makes_no_click(gesture: str) -> None:
    first, second = GESTURES[gesture]
    rig = Rig(tone=tone(100.0, 6.0, 0.4), other=tone(100.3, 6.0, 0.4), swell=swell())
    rig.start(0, "tone", at_s=1.0)
    rig.run(0.4)
    # The filter that listens needs a while of sound before the gesture.
    before = rig.run(0.1)
    rig.apply(*first)
    between = rig.run(0.3)
    rig.apply(*second)
    after = rig.run(0.3)
    assert splash_db(np.concatenate([before, between, after])) < BOUND_DB


def test_the_instrument_hears_a_hard_cut() -> None:
    rig = Rig(tone=tone(100.0, 2.0, 0.5))
    rig.start(0, "tone")
    audio = rig.run(0.6)
    assert splash_db(audio[4800:]) < -85.0
    audio[14_520:] = 0.0
    assert splash_db(audio[4800:]) > -30.0
