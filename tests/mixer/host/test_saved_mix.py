"""What is on disk is whole or not there, and nothing else is taken for it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.engine import commands as c
from mixer.engine.layout import SESSION
from mixer.engine.wire import to_fields
from mixer.host.saved_mix import MAX_AGE_S, SavedMix, UnreadableMix, read_all
from tests.mixer.rig import Rig, music


def saved(at: float = 1000.0) -> SavedMix:
    rig = Rig(a=music(30.0))
    rig.start(0, "a")
    rig.run(0.5)
    return SavedMix(
        "mix",
        2,
        at,
        rig.engine.snapshot(rig.place),
        (to_fields(c.SetFader(0, 0.5)),),
        (("tablet", "SetFader:[0]", 7),),
    )


SAVED = saved()


def position(mix: SavedMix) -> float:
    return float(np.frombuffer(mix.snapshot.state, SESSION)[0]["decks"][0]["position"])


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    SAVED.write(tmp_path)
    assert os.listdir(tmp_path) == ["mix.mix"]
    assert SavedMix.read(tmp_path / "mix.mix") == SAVED


def test_a_mix_is_found_where_it_would_be_by_now(tmp_path: Path) -> None:
    SAVED.write(tmp_path)
    found, problems = read_all(tmp_path, 1002.5)
    assert problems == []
    assert position(found["mix"]) == position(SAVED) + 2.5 * 48_000
    assert found["mix"].at == 1002.5


def test_a_clock_that_went_back_moves_nothing() -> None:
    assert SAVED.moved_to(0.0) == SAVED


def test_leftovers_old_shows_and_damage_are_cleared_away(tmp_path: Path) -> None:
    SAVED.write(tmp_path)
    path = tmp_path / "mix.mix"
    (tmp_path / "half.new").write_bytes(b"half")
    (tmp_path / "damaged.mix").write_bytes(path.read_bytes()[:-1])
    (tmp_path / "other-name.mix").write_bytes(path.read_bytes())
    found, problems = read_all(tmp_path, 1001.0)
    assert list(found) == ["mix"]
    assert [problem.split(":")[0] for problem in problems] == ["damaged.mix"]
    assert os.listdir(tmp_path) == ["mix.mix"]
    assert read_all(tmp_path, 1000.0 + MAX_AGE_S + 1.0) == ({}, [])


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_one_error(tmp_path_factory: pytest.TempPathFactory, blob: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mix"
    path.write_bytes(blob)
    with pytest.raises(UnreadableMix):
        SavedMix.read(path)
