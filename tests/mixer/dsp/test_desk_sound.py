"""Isolator, filter, limiter, talkover and meters, measured at the outputs of a desk."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.limiter import CEILING_DBTP
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.rig import Audio, Rig, db, music, rms_db, samples, tone


def heard_db(hz: float, *commands: c.Command) -> float:
    """By how much a tone changes under settings of its channel."""
    rig = Rig(tone=tone(hz, 3.0, 0.25))
    rig.apply(*commands)
    rig.run(0.2)
    rig.start(0, "tone")
    return rms_db(rig.run(0.8)[19_200:]) - rms_db(np.array([0.25 / np.sqrt(2)]))


@pytest.mark.parametrize(
    ("band", "killed_hz", "kept_hz"),
    [(0, (40.0, 60.0, 125.0), (500.0, 1000.0, 8000.0)), (1, (500.0, 800.0, 1250.0), (60.0, 100.0, 8000.0)),
     (2, (5000.0, 8000.0, 15000.0), (60.0, 500.0, 1250.0))],
)  # fmt: skip
def test_a_killed_band_is_gone_and_the_others_are_not(
    band: int, killed_hz: tuple[float, ...], kept_hz: tuple[float, ...]
) -> None:
    for hz in killed_hz:
        assert heard_db(hz, c.SetEqualiser(0, band, -1.0)) < -44.0, hz
    for hz in kept_hz:
        assert heard_db(hz, c.SetEqualiser(0, band, -1.0)) == pytest.approx(0.0, abs=0.3), hz


@pytest.mark.parametrize("hz", [60.0, 250.0, 700.0, 2500.0, 9000.0])
def test_the_bands_add_up_to_a_flat_response(hz: float) -> None:
    # A gain a hair from flat puts the isolator into the path without being audible.
    assert heard_db(hz, c.SetEqualiser(0, 1, 1e-4)) == pytest.approx(0.0, abs=0.02)


def test_the_filter_knob_cuts_highs_to_the_left_and_lows_to_the_right() -> None:
    assert heard_db(8000.0, c.SetFilter(0, -0.7)) < -30.0
    assert heard_db(60.0, c.SetFilter(0, -0.7)) == pytest.approx(0.0, abs=1.0)
    assert heard_db(60.0, c.SetFilter(0, 0.7)) < -30.0
    assert heard_db(8000.0, c.SetFilter(0, 0.7)) == pytest.approx(0.0, abs=1.0)


def true_peak_db(audio: Audio) -> float:
    """The largest value of the signal interpolated eight times by a spectrum that is longer than it."""
    loudest = 0.0
    for channel in range(2):
        x = audio[:, channel].astype(np.float64) * np.hanning(len(audio)) ** 0.02
        spectrum = np.fft.rfft(x)
        padded = np.zeros(len(audio) * 4 + 1, complex)
        padded[: len(spectrum)] = spectrum
        loudest = max(loudest, float(np.abs(np.fft.irfft(padded) * 8).max()))
    return db(loudest)


def test_the_instrument_sees_a_peak_between_the_samples() -> None:
    # A quarter of the sample rate at 45°: every sample is 3 dB below the peak.
    angle = np.pi / 2 * np.arange(48_000) + np.pi / 4
    quarter = np.repeat(np.sin(angle)[:, None], 2, axis=1).astype(np.float32)
    assert db(float(np.abs(quarter).max())) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_db(quarter) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("material", ["music", "tone", "between", "square", "noise"])
def test_nothing_leaves_above_the_ceiling(material: str) -> None:
    rng = np.random.default_rng(5)
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    spectrum = np.fft.rfft(rng.standard_normal(len(time)))
    # What a decoder gives: nothing above 18 kHz, where no oversampling of four sees every peak.
    spectrum[18_000 * 4 :] = 0.0
    noise = np.fft.irfft(spectrum)
    pcm = {
        "music": music(4.0),
        "tone": tone(997.0, 4.0, 0.9),
        "between": samples(0.99 * np.sin(np.pi / 2 * np.arange(4 * SAMPLE_RATE) + np.pi / 4)),
        "square": samples(0.9 * np.sign(np.sin(2 * np.pi * 311.0 * time))),
        "noise": samples(np.clip(0.3 * noise, -1.0, 1.0)),
    }[material]
    rig = Rig(x=pcm)
    rig.start(0, "x")
    rig.start(1, "x", at_s=0.1)
    rig.apply(c.SetMaster(9.0), c.SetTrim(0, 6.0))
    audio = rig.run(2.0)
    assert true_peak_db(audio) <= CEILING_DBTP
    # It limits, and does not just turn the sound down.
    assert db(float(np.abs(audio).max())) > -7.0
    assert rig.engine.moment(rig.place).limiting_db < -6.0


def test_the_limiter_lets_quiet_music_alone() -> None:
    rig = Rig(x=tone(440.0, 2.0, 0.5))
    rig.start(0, "x")
    rig.run(1.0)
    assert rig.engine.moment(rig.place).limiting_db == 0.0


def test_music_steps_back_under_speech_and_comes_back_after() -> None:
    rig = Rig(x=tone(100.0, 12.0, 0.5))
    rig.start(0, "x")
    rig.apply(c.SetMicrophone(True), c.SetTalkover(-18.0))
    quiet = rms_db(rig.run(0.6)[14_400:])
    speech = 0.2 * np.sin(2 * np.pi * 3000.0 * np.arange(rig.engine.block) / SAMPLE_RATE).astype(np.float32)
    rig.engine.microphone[rig.place] = speech[:, None]
    rig.run(0.5)
    spoken = rig.run(0.5)
    rig.engine.microphone[rig.place] = 0.0

    def level_at(audio: Audio, hz: float) -> float:
        angle = 2 * np.pi * hz * np.arange(len(audio)) / SAMPLE_RATE
        return db(float(np.abs(np.mean(audio[:, 0] * np.exp(-1j * angle))) * 2))

    assert level_at(spoken, 100.0) == pytest.approx(quiet + 3.0 - 18.0, abs=0.3)
    assert level_at(spoken, 3000.0) == pytest.approx(db(0.2), abs=0.3)
    rig.run(2.5)
    assert rms_db(rig.run(0.5)) == pytest.approx(quiet, abs=0.05)


def test_a_recording_without_microphone_holds_no_speech_and_no_talkover() -> None:
    rig = Rig(x=tone(100.0, 6.0, 0.5))
    rig.start(0, "x")
    rig.apply(c.SetMicrophone(True), c.SetTalkover(-18.0), c.SetRecording(True, with_microphone=False))
    rig.run(0.5)
    plain = rig.run(0.5, "record")
    rig.engine.microphone[rig.place] = 0.2
    rig.run(0.5)
    assert rms_db(rig.run(0.5, "record")) == pytest.approx(rms_db(plain), abs=0.01)


def test_the_record_bus_is_silent_until_it_records() -> None:
    rig = Rig(x=tone(100.0, 3.0, 0.5))
    rig.start(0, "x")
    assert not rig.run(0.3, "record").any()
    rig.apply(c.SetRecording(True))
    rig.run(0.2)
    rig.engine.render()
    assert np.array_equal(rig.engine.record[rig.place], rig.engine.programme[rig.place])


def test_split_cue_puts_the_cue_left_and_the_master_right() -> None:
    rig = Rig(a=tone(300.0, 4.0, 0.4), b=tone(2000.0, 4.0, 0.4))
    rig.start(0, "a")
    rig.start(1, "b")
    rig.apply(c.SetListen(1, True), c.SetFader(1, 0.0), c.SetHeadphones(split=True))
    rig.run(0.5)
    audio = rig.run(0.5, "cue")

    def loudest_hz(channel: int) -> float:
        return float(np.argmax(np.abs(np.fft.rfft(audio[:, channel])))) * 2.0

    assert loudest_hz(0) == pytest.approx(2000.0, abs=2)
    assert loudest_hz(1) == pytest.approx(300.0, abs=2)


def test_headphones_blend_from_cue_to_master() -> None:
    rig = Rig(a=tone(300.0, 4.0, 0.4))
    rig.start(0, "a")
    rig.run(0.3)
    assert not rig.run(0.2, "cue").any()
    rig.apply(c.SetHeadphones(blend=1.0))
    rig.run(0.3)
    assert rms_db(rig.run(0.2, "cue")) == pytest.approx(db(0.4 / np.sqrt(2)), abs=0.05)


def test_meters_read_the_level_of_a_tone() -> None:
    rig = Rig(x=tone(1000.0, 4.0, 0.5))
    rig.start(0, "x")
    rig.run(1.0)
    level = rig.engine.moment(rig.place).decks[0].level
    assert level.vu_db == pytest.approx(db(0.5 / np.sqrt(2)), abs=0.1)
    assert level.peak_db == pytest.approx(db(0.5), abs=0.1)
    assert not level.clipping
    rig.apply(c.SetTrim(0, 12.0))
    rig.run(0.3)
    assert rig.engine.moment(rig.place).decks[0].level.clipping
    assert rig.engine.moment(rig.place).master.clipping


def test_music_steps_back_for_speech_before_anybody_has_turned_a_knob() -> None:
    rig = Rig(hum=tone(100.0, 6.0, 0.2))
    rig.start(0, "hum")
    rig.apply(c.SetMicrophone(True))
    rig.run(0.3)
    before = rms_db(rig.run(0.2))
    rig.engine.microphone[rig.place] = (
        0.3 * np.sin(2 * np.pi * 4000.0 * np.arange(rig.engine.block) / SAMPLE_RATE)[:, None]
    )
    rig.run(0.5)
    during = rig.run(0.2)
    # The voice is taken off again: what is left of the hum is measured.
    bass = np.fft.rfft(during[:, 0] * np.hanning(len(during)))
    quiet = np.fft.rfft(tone(100.0, 0.2, 0.2)[:, 0] / 32768.0 * np.hanning(len(during)))
    hz = round(100.0 * len(during) / SAMPLE_RATE)
    assert before > -20.0
    assert 20.0 * np.log10(abs(bass[hz]) / abs(quiet[hz])) == pytest.approx(-12.0, abs=0.5)
