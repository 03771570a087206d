"""Analysis finds what a song was made of."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.analysis.beat_grid import BeatGrid, find_beats
from mixer.analysis.key import NAMES, Key, find_key
from mixer.analysis.loudness import integrated_lufs, trim_db
from mixer.analysis.onsets import find_onsets, mono
from mixer.analysis.structure import find_structure
from mixer.analysis.track import analyse
from mixer.analysis.waveform import draw_zoomed, summarise
from mixer.dsp.units import SAMPLE_RATE
from tests.mixer.analysis.song import Samples, song
from tests.mixer.rig import tone


def grid_of(pcm: Samples) -> BeatGrid:
    signal = mono(pcm)
    grid = find_beats(find_onsets(signal), signal)
    assert grid is not None
    return grid


@pytest.mark.parametrize("bpm", [90.0, 107.31, 120.0, 124.37, 128.0, 139.9, 174.0])
def test_the_grid_has_the_songs_tempo_and_beats(bpm: float) -> None:
    grid = grid_of(song(bpm, 60.0, first_beat_s=0.217))
    assert grid.bpm == pytest.approx(bpm, abs=0.02)
    period = 60.0 / bpm
    error_s = (grid.first_beat_s - 0.217 + period / 2) % period - period / 2
    assert abs(error_s) < 0.006
    assert grid.confidence > 0.3


@pytest.mark.parametrize("downbeat", range(4))
def test_the_first_bar_is_found(downbeat: int) -> None:
    grid = grid_of(song(126.0, 40.0, downbeat=downbeat))
    assert grid.downbeat == downbeat
    assert grid.downbeat_confidence > 0.1
    assert grid.grid_frame == pytest.approx((0.2 + downbeat * 60.0 / 126.0) * SAMPLE_RATE, abs=0.006 * SAMPLE_RATE)


def test_noise_has_no_beat_to_be_confident_of() -> None:
    rng = np.random.default_rng(2)
    pcm = np.round(rng.uniform(-0.5, 0.5, (30 * SAMPLE_RATE, 2)) * 32767).astype(np.int16)
    assert grid_of(pcm).confidence < 0.1


def test_silence_and_a_moment_have_no_grid() -> None:
    for pcm in (np.zeros((10 * SAMPLE_RATE, 2), np.int16), tone(100.0, 1.0), tone(100.0, 0.005)):
        signal = mono(pcm)
        assert find_beats(find_onsets(signal), signal) is None


@pytest.mark.parametrize("is_minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_the_key_is_that_of_the_chords(tonic: int, is_minor: bool) -> None:
    key = find_key(mono(song(124.0, 16.0, tonic=tonic, is_minor=is_minor)))
    assert key is not None
    assert (NAMES[key.tonic], key.is_minor) == (NAMES[tonic], is_minor)


@pytest.mark.parametrize(
    ("tonic", "is_minor", "camelot"),
    [
        (0, False, "8B"),
        (9, True, "8A"),
        (7, False, "9B"),
        (4, True, "9A"),
        (8, True, "1A"),
        (11, False, "1B"),
        (1, True, "12A"),
        (4, False, "12B"),
    ],
)
def test_keys_have_their_place_on_the_wheel(tonic: int, is_minor: bool, camelot: str) -> None:
    assert Key(tonic, is_minor, 1.0).camelot == camelot


@pytest.mark.parametrize(("level_db", "lufs"), [(-23.0, -23.0), (-33.0, -33.0), (-6.0, -6.0)])
def test_a_997_hz_tone_on_both_channels_reads_its_level(level_db: float, lufs: float) -> None:
    # EBU Tech 3341, cases 1 and 2: a stereo sine of 1 kHz at −23 dBFS reads −23 LUFS.
    assert integrated_lufs(tone(1000.0, 20.0, 10 ** (level_db / 20))) == pytest.approx(lufs, abs=0.1)


def test_quiet_passages_are_gated_out_of_loudness() -> None:
    # EBU Tech 3341, case 3: 10 s at −36, 60 s at −23, 10 s at −36 dBFS reads −23 LUFS.
    quiet, loud = tone(1000.0, 10.0, 10 ** (-36 / 20)), tone(1000.0, 60.0, 10 ** (-23 / 20))
    assert integrated_lufs(np.concatenate([quiet, loud, quiet])) == pytest.approx(-23.0, abs=0.1)
    assert integrated_lufs(np.zeros((SAMPLE_RATE, 2), np.int16)) < -100.0


def test_trim_brings_a_track_to_the_desks_level() -> None:
    assert trim_db(-20.0) == 6.0
    assert trim_db(-8.0) == -6.0
    assert trim_db(-70.0) == 12.0


@pytest.mark.parametrize(("hz", "band"), [(80.0, 1), (900.0, 2), (7000.0, 3)])
def test_the_colour_of_a_waveform_is_its_band(hz: float, band: int) -> None:
    columns = summarise(draw_zoomed(tone(hz, 4.0, 0.5)), 100)
    assert columns.shape == (100, 4)
    assert columns[10:-10, 0] == pytest.approx(128, abs=2)
    assert columns[10:-10, band] == pytest.approx(0.5 / np.sqrt(2) * 255, abs=4)
    others = [other for other in (1, 2, 3) if other != band]
    assert columns[10:-10, others].max() < 8


def test_a_zoomed_waveform_shows_where_sound_is() -> None:
    pcm = np.concatenate([np.zeros((SAMPLE_RATE, 2), np.int16), tone(200.0, 1.0)])
    columns = draw_zoomed(pcm)
    assert len(columns) == 300
    assert not columns[:145].any()
    assert columns[155:295, 0].min() > 100


def test_intro_outro_and_silence_are_found() -> None:
    body = song(120.0, 64.0, first_beat_s=0.0)
    soft = (song(120.0, 16.0, first_beat_s=0.0) * 0.25).astype(np.int16)
    silence = np.zeros((SAMPLE_RATE, 2), np.int16)
    pcm = np.concatenate([silence, soft, body, soft, silence])
    signal = mono(pcm)
    structure = find_structure(pcm, find_beats(find_onsets(signal), signal))
    assert structure is not None
    assert structure.sound_start_s == pytest.approx(1.0, abs=0.05)
    assert structure.sound_end_s == pytest.approx(97.0, abs=1.0)
    assert structure.intro_end_s == pytest.approx(17.0, abs=0.1)
    assert structure.outro_start_s == pytest.approx(81.0, abs=0.1)
    assert find_structure(silence, None) is None


def test_a_whole_track_is_analysed() -> None:
    found = analyse(song(128.0, 30.0))
    assert found.duration_s == 30.0
    assert found.grid is not None
    assert found.grid.bpm == 128.0
    assert found.key is not None
    assert found.key.camelot == "8A"
    assert found.overview.shape == (1200, 4)
    assert -12.0 <= found.trim_db <= 12.0
