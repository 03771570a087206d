"""The platter's motor, switched off and on."""

from __future__ import annotations

import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.engine.test_transport import deck, moving, playing
from tests.mixer.rig import Rig, music


def test_a_brake_brings_the_deck_to_rest_in_its_time() -> None:
    rig = playing(1.0)
    rig.apply(c.Brake(0, 1.0))
    rig.run(0.9)
    assert deck(rig).playing
    rig.run(0.2)
    assert not deck(rig).playing
    # Half the way that full speed would have gone.
    assert moving(rig).position_frames == pytest.approx(1.5 * SAMPLE_RATE, abs=0.02 * SAMPLE_RATE)
    rig.apply(c.Play(0, True))
    rig.run(0.5)
    assert moving(rig).rate == 1.0


def test_a_deck_spins_up_from_rest() -> None:
    rig = Rig(x=music(10.0))
    rig.apply(c.Load(0, "x", bpm=120.0), c.SpinUp(0, 1.0))
    rig.run(0.5)
    assert moving(rig).rate == pytest.approx(0.5, abs=0.03)
    rig.run(1.0)
    assert moving(rig).rate == 1.0
    assert moving(rig).position_frames == pytest.approx(1.0 * SAMPLE_RATE, abs=0.02 * SAMPLE_RATE)


def test_a_motor_switched_on_again_catches_up() -> None:
    rig = playing(1.0)
    rig.apply(c.Brake(0, 2.0))
    rig.run(1.0)
    rig.apply(c.Play(0, True))
    rig.run(0.2)
    assert deck(rig).playing
    assert moving(rig).rate == 1.0


def test_a_brake_on_a_stopped_deck_does_nothing() -> None:
    rig = Rig(x=music(10.0))
    rig.apply(c.Load(0, "x", bpm=120.0), c.Brake(0, 1.0))
    rig.run(0.1)
    rig.apply(c.Play(0, True))
    rig.run(0.5)
    assert moving(rig).rate == 1.0
