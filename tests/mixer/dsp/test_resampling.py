"""Another speed adds nothing to a tone: distortion and noise are 90 dB down to 15 kHz."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.rig import Rig, aligned, rms_db, thd_n_db, tone


@pytest.mark.parametrize("pitch", [-0.08, -0.037, 0.0613, 0.16])
@pytest.mark.parametrize("heard_hz", [100.0, 997.0, 5_003.0, 10_007.0, 15_000.0])
def test_another_speed_stays_clean(heard_hz: float, pitch: float) -> None:
    rig = Rig(tone=tone(heard_hz / (1.0 + pitch), 3.0, 0.8))
    rig.apply(c.SetPitchRange(0, 0.5), c.SetPitch(0, pitch / 0.5))
    rig.run(0.2)
    rig.start(0, "tone")
    audio = aligned(rig.run(0.8))[9600:]
    assert thd_n_db(audio, heard_hz) <= -90.0
    assert rms_db(audio) == pytest.approx(rms_db(np.array([0.8 / np.sqrt(2)])), abs=0.2)


def test_a_fast_deck_does_not_fold_high_notes_down() -> None:
    rig = Rig(tone=tone(20_000.0, 3.0, 0.5))
    rig.apply(c.SetPitchRange(0, 0.5), c.SetPitch(0, 1.0))
    rig.run(0.2)
    rig.start(0, "tone")
    # 20 kHz at one and a half times the speed is 30 kHz, which would fold to 18 kHz.
    assert rms_db(rig.run(0.5)[9600:]) < -60.0


def test_key_lock_keeps_the_pitch_and_varispeed_does_not() -> None:
    def loudest_hz(key_lock: bool) -> float:
        rig = Rig(tone=tone(440.0, 6.0))
        rig.apply(c.SetKeyLock(0, key_lock), c.SetPitch(0, 1.0))
        rig.run(0.2)
        rig.start(0, "tone")
        audio = rig.run(3.0)[24_000:, 0]
        spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
        return float(np.argmax(spectrum) * SAMPLE_RATE / len(audio))

    assert loudest_hz(key_lock=True) == pytest.approx(440.0, abs=0.5)
    assert loudest_hz(key_lock=False) == pytest.approx(440.0 * 1.08, abs=0.5)


@pytest.mark.parametrize("hz", [110.0, 440.0, 1000.0])
def test_key_lock_keeps_a_tone_pure(hz: float) -> None:
    rig = Rig(tone=tone(hz, 8.0))
    rig.apply(c.SetKeyLock(0, True), c.SetPitch(0, 0.75))
    rig.run(0.2)
    rig.start(0, "tone")
    audio = rig.run(4.0)[24_000:, 0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(audio * np.blackman(len(audio)))) ** 2
    at = round(hz * len(audio) / SAMPLE_RATE)
    reach = round(12.0 * len(audio) / SAMPLE_RATE)
    beside = spectrum.sum() - spectrum[at - reach : at + reach].sum()
    assert 10.0 * np.log10(beside / spectrum.sum()) < -35.0


def test_key_shift_transposes_by_semitones() -> None:
    rig = Rig(tone=tone(440.0, 6.0))
    rig.apply(c.SetKeyShift(0, 3.0))
    rig.start(0, "tone")
    audio = rig.run(3.0)[24_000:, 0]
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    heard = np.argmax(spectrum) * SAMPLE_RATE / len(audio)
    assert heard == pytest.approx(440.0 * 2 ** (3 / 12), abs=1.0)
    assert rig.engine.moment(rig.place).decks[0].rate == 1.0
