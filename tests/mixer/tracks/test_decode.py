"""What comes in as a file comes out as 48 kHz stereo, or as a clear refusal."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.tracks.decode import decode
from mixer.tracks.rejected import Problem, TrackRejected
from tests.mixer.rig import thd_n_db
from tests.mixer.tracks.files import encode, sine, write_wav


def decoded(path: Path) -> np.ndarray:
    return np.concatenate([piece.samples for piece in decode(path)])


def problem_of(path: Path) -> Problem:
    with pytest.raises(TrackRejected) as refused:
        decoded(path)
    assert str(refused.value)
    return refused.value.problem


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp3", "libmp3lame"), (".flac", "flac"), (".m4a", "aac"), (".ogg", "libopus"), (".aiff", "pcm_s16be")],
)
def test_every_kind_of_file_decodes_to_its_tone(tmp_path: Path, suffix: str, codec: str) -> None:
    rate = 48_000 if codec == "libopus" else 44_100
    out = decoded(encode(tmp_path / f"x{suffix}", sine(3.0, rate), rate, codec))
    assert out.dtype == np.int16
    assert len(out) == pytest.approx(3.0 * SAMPLE_RATE, abs=4000)
    middle = out[SAMPLE_RATE : 2 * SAMPLE_RATE].astype(np.float32) / 32768.0
    assert thd_n_db(middle, 440.0) < -40.0


@pytest.mark.parametrize(
    ("rate", "width", "channels"), [(44_100, 2, 2), (192_000, 3, 2), (8_000, 1, 1), (96_000, 4, 1)]
)
def test_any_rate_and_depth_becomes_48_khz(tmp_path: Path, rate: int, width: int, channels: int) -> None:
    out = decoded(write_wav(tmp_path / "x.wav", sine(2.0, rate), rate, width=width, channels=channels))
    assert out.shape == (2 * SAMPLE_RATE, 2)
    middle = out[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2].astype(np.float32) / 32768.0
    assert thd_n_db(middle, 440.0) < (-40.0 if width == 1 else -88.0)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.01)


def test_a_file_at_48_khz_passes_bit_by_bit(tmp_path: Path) -> None:
    mono = sine(2.0, SAMPLE_RATE)
    out = decoded(write_wav(tmp_path / "x.wav", mono, SAMPLE_RATE))
    assert np.array_equal(out[:, 0], np.round(mono * 32767.0).astype(np.int16))


def test_a_zip_renamed_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("song.txt", "la la la " * 10_000)
    assert problem_of(path) in (Problem.NOT_AUDIO, Problem.MISLABELLED)


def test_text_and_nothing_are_not_audio(tmp_path: Path) -> None:
    for name, content in (("a.mp3", b"hello " * 1000), ("b.wav", b""), ("c.flac", b"\x00" * 5000)):
        (tmp_path / name).write_bytes(content)
        assert problem_of(tmp_path / name) in (Problem.NOT_AUDIO, Problem.CORRUPT)


def test_a_wav_named_mp3_is_called_what_it_is(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "x.wav", sine(2.0, 44_100), 44_100).rename(tmp_path / "x.mp3")
    assert problem_of(path) is Problem.MISLABELLED


@pytest.mark.parametrize("tenth", range(1, 10))
def test_an_upload_cut_short_is_noticed(tmp_path: Path, tenth: int) -> None:
    for suffix, codec in ((".wav", None), (".flac", "flac"), (".m4a", "aac"), (".mp3", "libmp3lame")):
        path = tmp_path / f"x{suffix}"
        if codec is None:
            write_wav(path, sine(5.0, 44_100), 44_100)
        else:
            encode(path, sine(5.0, 44_100), 44_100, codec)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * tenth // 10])
        assert problem_of(path) in (Problem.TRUNCATED, Problem.CORRUPT, Problem.NOT_AUDIO), suffix


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.flac", sine(5.0, 44_100), 44_100, "flac")
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(4)
    for at in rng.integers(8192, len(raw), len(raw) // 50):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)
    assert problem_of(path) in (Problem.CORRUPT, Problem.TRUNCATED)


def test_silence_and_a_blip_are_refused(tmp_path: Path) -> None:
    assert problem_of(write_wav(tmp_path / "a.wav", np.zeros(96_000), 48_000)) is Problem.SILENT
    assert problem_of(write_wav(tmp_path / "b.wav", sine(0.4, 48_000), 48_000)) is Problem.TOO_SHORT


def test_a_track_too_long_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "x.wav", sine(3600.0, 4_000), 4_000, width=1, channels=1)
    with pytest.raises(TrackRejected) as refused:
        next(decode(path, max_seconds=1800.0))
    assert refused.value.problem is Problem.TOO_LONG


def test_an_hour_decodes_in_pieces(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "x.wav", sine(3600.0, 4_000), 4_000, width=1, channels=1)
    pieces = decode(path)
    first = next(pieces)
    assert first.expected_frames == 3600 * SAMPLE_RATE
    assert len(first.samples) < SAMPLE_RATE


@pytest.mark.parametrize("seed", range(12))
def test_random_bytes_raise_one_error(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [(".mp3", "libmp3lame"), (".flac", "flac"), (".m4a", "aac"), (".ogg", "libopus")]
    suffix, codec = kinds[seed % len(kinds)]
    path = encode(tmp_path / f"x{suffix}", sine(1.5, 48_000), 48_000, codec)
    raw = bytearray(path.read_bytes())
    for at in rng.integers(0, len(raw), rng.integers(1, 200)):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)
    try:
        out = decoded(path)
    except TrackRejected:
        return
    assert out.shape[1] == 2
