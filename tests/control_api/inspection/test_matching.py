"""What a fingerprint finds again, and what it does not."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from control_api.inspection.matching import SECONDS_PER_NUMBER, Fingerprint, as_fingerprint, longest_match
from mixer.inspection.fingerprint import fingerprint
from tests.support.music import RATE, Samples, encoded, tune

WORK = 40.0


def of(samples: Samples) -> Fingerprint:
    return as_fingerprint(fingerprint(samples))


def decoded(content: bytes) -> Samples:
    pieces = []
    with av.open(io.BytesIO(content), "r") as container:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
        for frame in container.decode(container.streams.audio[0]):
            pieces += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


@pytest.fixture(scope="module")
def work() -> Samples:
    return tune(21, WORK)


@pytest.fixture(scope="module")
def print_of_work(work: Samples) -> Fingerprint:
    return of(work)


def test_a_fingerprint_has_eight_numbers_a_second(print_of_work: Fingerprint) -> None:
    assert len(print_of_work) * SECONDS_PER_NUMBER == pytest.approx(WORK, abs=4.0)


@pytest.mark.parametrize(
    ("suffix", "bit_rate"), [(".mp3", 64_000), (".mp3", 320_000), (".m4a", 96_000), (".ogg", 96_000)]
)
def test_a_copy_in_another_encoding_is_found(
    tmp_path: Path, work: Samples, print_of_work: Fingerprint, suffix: str, bit_rate: int
) -> None:
    match = longest_match(of(decoded(encoded(tmp_path, work, suffix, bit_rate=bit_rate))), print_of_work)
    assert match is not None
    assert match.seconds > 0.9 * (WORK - 4.0)


@pytest.mark.parametrize("gain", [0.05, 0.4, 1.9])
def test_a_copy_at_another_volume_is_found(work: Samples, print_of_work: Fingerprint, gain: float) -> None:
    match = longest_match(of((work * gain).astype(np.int16)), print_of_work)
    assert match is not None
    assert match.seconds > 0.9 * (WORK - 4.0)


@pytest.mark.parametrize(("start", "end"), [(0.0, 22.0), (7.37, WORK), (11.11, 31.05)])
def test_a_piece_of_a_work_is_found_where_it_is(
    work: Samples, print_of_work: Fingerprint, start: float, end: float
) -> None:
    match = longest_match(of(work[int(start * RATE) : int(end * RATE)]), print_of_work)
    assert match is not None
    assert match.second_at_s - match.first_at_s == pytest.approx(start, abs=0.3)
    assert match.seconds > 0.7 * (end - start - 4.0)


def test_a_work_in_a_longer_recording_is_found_where_it_is(work: Samples, print_of_work: Fingerprint) -> None:
    longer = np.concatenate([tune(22, 30.0), work[: 25 * RATE], tune(23, 30.0)])
    match = longest_match(of(longer), print_of_work)
    assert match is not None
    assert match.first_at_s == pytest.approx(30.0, abs=3.0)
    assert 18.0 < match.seconds < 30.0


@pytest.mark.parametrize("seed", range(30, 42))
def test_other_music_is_not_taken_for_it(print_of_work: Fingerprint, seed: int) -> None:
    assert longest_match(of(tune(seed, WORK)), print_of_work) is None


@pytest.mark.parametrize("kind", ["silence", "tone"])
def test_silence_and_held_tones_match_nothing(kind: str) -> None:
    time = np.arange(20 * RATE) / RATE
    mono = np.zeros(len(time)) if kind == "silence" else 0.5 * np.sin(2 * np.pi * 440 * time)
    flat = of(np.repeat(np.round(mono * 32_767).astype(np.int16)[:, None], 2, axis=1))
    assert longest_match(flat, flat) is None


def test_what_is_too_short_for_a_fingerprint_matches_nothing(print_of_work: Fingerprint) -> None:
    empty = as_fingerprint([])
    assert longest_match(empty, print_of_work) is None
    assert longest_match(print_of_work, empty) is None
    assert longest_match(print_of_work[:20], print_of_work) is None
