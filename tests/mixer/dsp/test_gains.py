"""The laws of faders."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.gains import Curve, Side, crossfade_gains, equaliser_gain, fader_gain, side_gain

POSITIONS = np.linspace(-1.0, 1.0, 101)


@pytest.mark.parametrize("position", POSITIONS[::10])
def test_constant_power_is_constant(position: float) -> None:
    a, b = crossfade_gains(position, Curve.CONSTANT_POWER)
    assert a**2 + b**2 == pytest.approx(1.0)


@pytest.mark.parametrize("curve", Curve)
def test_an_end_of_the_crossfader_is_one_side_alone(curve: Curve) -> None:
    assert crossfade_gains(-1.0, curve) == pytest.approx((1.0, 0.0), abs=0.0)
    assert crossfade_gains(1.0, curve) == pytest.approx((0.0, 1.0), abs=0.0)


@pytest.mark.parametrize("curve", Curve)
def test_a_crossfader_never_goes_back(curve: Curve) -> None:
    gains = np.array([crossfade_gains(position, curve) for position in POSITIONS])
    assert (np.diff(gains[:, 0]) <= 0).all()
    assert (np.diff(gains[:, 1]) >= 0).all()
    assert gains[:, 0] == pytest.approx(gains[::-1, 1])


def test_thru_does_not_care_and_hamster_swaps() -> None:
    assert side_gain(Side.THRU, -1.0, Curve.LINEAR, hamster=False) == 1.0
    assert side_gain(Side.A, -1.0, Curve.LINEAR, hamster=False) == 1.0
    assert side_gain(Side.A, -1.0, Curve.LINEAR, hamster=True) == 0.0
    assert side_gain(Side.B, -1.0, Curve.LINEAR, hamster=True) == 1.0


def test_faders_and_knobs_end_in_silence_and_pass_unity() -> None:
    assert (fader_gain(0.0), fader_gain(1.0)) == (0.0, 1.0)
    assert (equaliser_gain(-1.0), equaliser_gain(0.0)) == (0.0, 1.0)
    assert 20 * np.log10(equaliser_gain(1.0)) == pytest.approx(12.0)
