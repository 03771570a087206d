"""Six effects: what each does to the sound, and that each is in step with the beat."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.rig import Audio, Rig, aligned, clicks, music, onsets, rms_db, tone


def under(kind: EffectKind, pcm: np.ndarray, *, slot: int = 0, seconds: float = 4.0, **settings: float) -> Audio:
    """Deck 0 at 120 BPM through an effect that has been on for half a second."""
    rig = Rig(x=pcm)
    rig.apply(c.SetEffect(slot, kind, **settings), c.Load(0, "x", bpm=120.0), c.SetLeader(0))
    rig.run(0.5)
    rig.apply(c.Play(0, True))
    return aligned(rig.run(seconds))


@pytest.mark.parametrize("slot", [0, 4])
def test_an_echo_repeats_after_its_beats_and_fades(slot: int) -> None:
    audio = under(EffectKind.ECHO, clicks(30.0, 10.0, offset_s=0.1), slot=slot, beats=0.75, amount=0.5, seconds=2.0)
    times = onsets(audio, threshold=0.05)
    assert times[:4] - times[0] == pytest.approx([0.0, 0.375, 0.75, 1.125], abs=0.001)
    heights = [np.abs(audio[int(at * SAMPLE_RATE) :][:300]).max() for at in times[:4]]
    assert heights[2] / heights[1] == pytest.approx(0.425, abs=0.01)


def test_an_echo_follows_the_tempo() -> None:
    rig = Rig(x=clicks(30.0, 20.0, offset_s=1.0))
    rig.apply(c.SetEffect(0, EffectKind.ECHO, beats=1.0, amount=0.0), c.SetPitchRange(0, 0.5), c.SetPitch(0, 0.5))
    rig.apply(c.Load(0, "x", bpm=120.0))
    rig.run(0.5)
    rig.apply(c.Play(0, True))
    times = onsets(rig.run(1.6), threshold=0.1)
    assert times[1] - times[0] == pytest.approx(0.5 / 1.25, abs=0.001)


def test_a_reverb_dies_away_in_its_beats() -> None:
    # 60 dB in four beats, two seconds.
    audio = under(EffectKind.REVERB, clicks(12.0, 10.0, offset_s=0.1), beats=4.0, amount=0.0, seconds=2.2)
    early, late = audio[int(0.4 * SAMPLE_RATE) :][:4800], audio[int(1.4 * SAMPLE_RATE) :][:4800]
    assert rms_db(late) - rms_db(early) == pytest.approx(-30.0, abs=2.0)


def test_a_gate_is_open_and_shut_in_each_period() -> None:
    audio = under(EffectKind.GATE, tone(1000.0, 10.0), beats=0.5, amount=0.6667)
    levels = np.array([rms_db(part) for part in audio[24_000:168_000].reshape(-1, 1200, 2)]).reshape(-1, 10)
    # Ten slices of a quarter of a second: open for the first half of it.
    assert levels[:, 1:4].min() > -10.0
    assert levels[:, 7:9].max() < -60.0


@pytest.mark.parametrize("kind", [EffectKind.FLANGER, EffectKind.PHASER])
def test_a_sweep_repeats_with_its_beats(kind: EffectKind) -> None:
    rng = np.random.default_rng(1)
    noise = np.tile(rng.uniform(-0.3, 0.3, 24_000), 20)
    audio = under(kind, np.repeat(np.round(noise * 32767)[:, None], 2, axis=1).astype(np.int16), beats=2.0, seconds=6.0)
    period = SAMPLE_RATE

    def spectrum(start: int) -> np.ndarray:
        return np.abs(np.fft.rfft(audio[start : start + 4800, 0] * np.hanning(4800)))

    one, same, other = spectrum(2 * period), spectrum(4 * period), spectrum(2 * period + period // 2)
    assert np.corrcoef(one, same)[0, 1] > 0.99
    assert np.corrcoef(one, other)[0, 1] < 0.95


def test_a_bitcrusher_leaves_few_levels() -> None:
    audio = under(EffectKind.BITCRUSH, tone(50.0, 6.0, 0.6), amount=1.0, beats=1.0)
    assert len(np.unique(audio[48_000:, 0].round(6))) <= 33


@pytest.mark.parametrize("kind", [kind for kind in EffectKind if kind is not EffectKind.NONE])
def test_no_effect_runs_away(kind: EffectKind) -> None:
    audio = under(kind, music(8.0), amount=1.0, beats=0.25, seconds=7.0)
    assert np.isfinite(audio).all()
    assert rms_db(audio[-48_000:]) < rms_db(audio[48_000:96_000]) + 6.0


def test_an_effect_that_is_off_changes_nothing() -> None:
    pcm = music(4.0)
    rig = Rig(x=pcm)
    rig.apply(c.SetEffect(0, EffectKind.REVERB))
    rig.run(0.5)
    rig.apply(c.SetEffect(0, EffectKind.NONE))
    rig.run(0.5)
    rig.start(0, "x")
    audio = aligned(rig.run(1.0))
    assert np.array_equal(audio[4800:40_000], pcm[4800:40_000] / np.float32(32768.0))
