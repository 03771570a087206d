"""What a file is, by its bytes alone."""

from __future__ import annotations

import os
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.inspection.container import check_container, find_container
from mixer.tracks.rejected import Problem, TrackRejected
from tests.support.music import encoded, tune

KINDS = {".mp3": "mp3", ".wav": "wav", ".flac": "flac", ".m4a": "mov", ".ogg": "ogg"}
TAG = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", list(KINDS))
def test_each_kind_is_known_by_its_content(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, encoded(tmp_path, tune(1, 1.5), suffix))
    assert find_container(path) == KINDS[suffix]
    assert check_container(path, suffix) == KINDS[suffix]


@pytest.mark.parametrize(("suffix", "named"), list(permutations(KINDS, 2)))
def test_a_wrong_name_is_told_with_what_it_is(tmp_path: Path, suffix: str, named: str) -> None:
    path = written(tmp_path, encoded(tmp_path, tune(1, 1.5), suffix))
    with pytest.raises(TrackRejected, match=f"named {named} but holds") as caught:
        check_container(path, named)
    assert caught.value.problem is Problem.MISLABELLED


@pytest.mark.parametrize("tags", [1, 2, 3])
def test_tags_before_the_sound_are_passed_over(tmp_path: Path, tags: int) -> None:
    path = written(tmp_path, TAG * tags + encoded(tmp_path, tune(1, 1.5), ".mp3"))
    assert find_container(path) == "mp3"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"MZ" + bytes(100), "a program"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (TAG + b"#EXTM3U\nhttp://127.0.0.1/", "is not audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "is not audio"),
        (b"", "is not audio"),
    ],
    ids=["zip", "pdf", "program", "picture", "playlist behind a tag", "concat", "empty"],
)
def test_what_is_no_sound_is_named_where_it_is_known(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(TrackRejected, match=sentence) as caught:
        find_container(written(tmp_path, content))
    assert caught.value.problem is Problem.NOT_AUDIO


@given(
    content=st.binary(max_size=400), prefix=st.sampled_from([b"", b"ID3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"\xff\xfb"])
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_something_or_refused(tmp_path: Path, content: bytes, prefix: bytes) -> None:
    try:
        assert find_container(written(tmp_path, prefix + content)) in {*KINDS.values(), "aac", "aiff"}
    except TrackRejected as rejected:
        assert rejected.problem is Problem.NOT_AUDIO  # noqa: PT017 - either outcome is right


def test_random_bytes_are_no_sound(tmp_path: Path) -> None:
    refused = 0
    for _ in range(20):
        try:
            find_container(written(tmp_path, os.urandom(5_000)))
        except TrackRejected:
            refused += 1
    assert refused >= 18
