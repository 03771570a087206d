"""Every input that a fuzzer found worth keeping, and every seed, through its parser again."""

from __future__ import annotations

import pytest

from tests.fuzz.target import CORPUS, MAX_INPUT_BYTES
from tests.fuzz.targets import TARGETS

MAX_FILES = 50


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_beginning_of_a_target_is_a_find(name: str) -> None:
    beginnings = list(TARGETS[name].beginnings())
    assert beginnings
    for data in beginnings:
        TARGETS[name].run(data)
        # Cut anywhere near its end it is as harmless.
        for length in range(max(0, len(data) - 8), len(data)):
            TARGETS[name].run(data[:length])


def test_corpora_are_small_and_each_has_its_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} <= set(TARGETS)
    for target in TARGETS.values():
        files = target.corpus()
        assert len(files) <= MAX_FILES
        assert all(path.stat().st_size <= MAX_INPUT_BYTES for path in files)
