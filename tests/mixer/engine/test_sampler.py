"""The sampler's pads."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.snapshot import Snapshot
from tests.mixer.rig import Rig, aligned, music, rms_db, tone

SHOT = music(0.5, 140.0, 3)


def loaded() -> Rig:
    rig = Rig(shot=SHOT, hum=tone(100.0, 4.0))
    rig.apply(c.LoadSample(0, "shot"))
    return rig


def test_a_pad_plays_its_sound_bit_by_bit_and_falls_silent() -> None:
    rig = loaded()
    rig.apply(c.PlaySample(0))
    heard = aligned(rig.run(1.0))
    whole = len(SHOT) - 48
    assert np.abs(heard[:whole] - SHOT[:whole].astype(np.float32) / 32768.0).max() < 1e-6
    assert not heard[len(SHOT) :].any()


def test_striking_a_pad_again_begins_it_again() -> None:
    rig = loaded()
    rig.apply(c.PlaySample(0))
    rig.run(0.2)
    rig.apply(c.PlaySample(0))
    heard = aligned(rig.run(0.4))
    fade = SAMPLE_RATE // 100
    assert np.abs(heard[fade : 10 * fade] - SHOT[fade : 10 * fade].astype(np.float32) / 32768.0).max() < 1e-6


def test_a_looped_pad_goes_on_without_a_seam_until_it_is_stopped() -> None:
    rig = Rig(hum=tone(100.0, 1.0, 0.5))
    rig.apply(c.LoadSample(3, "hum"), c.SetSample(3, loop=True), c.PlaySample(3))
    assert rms_db(rig.run(2.0)[SAMPLE_RATE // 2 :]) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)
    rig.apply(c.StopSample(3))
    rig.run(0.1)
    assert not rig.run(0.2).any()


def test_levels_of_a_pad_and_of_all_add_up() -> None:
    rig = Rig(hum=tone(100.0, 4.0, 0.5))
    rig.apply(c.LoadSample(1, "hum"), c.SetSample(1, db=-6.0), c.SetSampler(-4.0))
    rig.run(0.2)
    rig.apply(c.PlaySample(1))
    rig.run(0.1)
    assert rms_db(rig.run(0.5)) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)) - 10.0, abs=0.05)


def test_pads_sound_together_and_beside_decks() -> None:
    rig = loaded()
    rig.apply(c.LoadSample(1, "shot"))
    rig.start(0, "hum")
    rig.run(0.1)
    before = rms_db(rig.run(0.2))
    rig.apply(c.PlaySample(0), c.PlaySample(1))
    assert rms_db(rig.run(0.2)) > before + 0.5


def test_an_empty_pad_and_a_pad_that_is_not_there_are_refused() -> None:
    rig = loaded()
    for command in (c.PlaySample(1), c.PlaySample(8), c.StopSample(-1), c.LoadSample(8, "shot"), c.SetSample(9)):
        with pytest.raises(InvalidCommand, match="pad"):
            rig.apply(command)


def test_a_pad_that_sounds_survives_a_snapshot() -> None:
    rig = loaded()
    rig.apply(c.PlaySample(0))
    rig.run(0.1)
    snapshot = Snapshot.from_bytes(rig.engine.snapshot(rig.place).to_bytes())
    expected = rig.run(0.3)
    rig.engine.close(rig.place)
    rig.place = rig.engine.restore(snapshot)
    assert np.array_equal(rig.run(0.3), expected)


def test_an_emptied_pad_lets_its_sound_go_once_it_has_faded() -> None:
    rig = loaded()
    session = rig.engine._sessions[rig.place]
    rig.apply(c.PlaySample(0), c.LoadSample(0, None))
    assert [track.id for track in session.held] == ["shot"]
    rig.run(0.1)
    rig.apply(c.LoadSample(1, "hum"))
    assert [track.id for track in session.held] == ["hum"]
