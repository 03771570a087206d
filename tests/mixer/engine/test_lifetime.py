"""The kernel reads samples by address, so a session holds every track that may still be heard, and no other."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from tests.mixer.rig import MemoryTrack, Rig, tone


def add(rig: Rig, name: str) -> weakref.ref[object]:
    pcm = tone(100.0, 2.0)
    rig.tracks[name] = MemoryTrack(name, pcm)
    return weakref.ref(pcm)


def test_a_track_is_held_while_it_fades_and_let_go_when_others_have_faded() -> None:
    rig = Rig()
    first, second, third = add(rig, "1"), add(rig, "2"), add(rig, "3")
    rig.start(0, "1")
    rig.run(0.2)
    # Two loads before the next block: what is heard is still the first.
    rig.start(0, "2")
    rig.start(0, "3")
    rig.tracks.clear()
    gc.collect()
    assert first() is not None
    assert second() is None
    fading = rig.run(0.005)
    assert np.abs(fading).max() > 0.1
    rig.run(0.2)
    for name in ("4", "5"):
        add(rig, name)
        rig.start(0, name)
        rig.run(0.2)
    rig.tracks.clear()
    gc.collect()
    assert first() is None
    assert third() is None
    assert np.abs(rig.run(0.2)).max() > 0.1


def test_a_closed_session_holds_nothing() -> None:
    rig = Rig()
    only = add(rig, "1")
    rig.start(0, "1")
    rig.run(0.1)
    rig.engine.close(rig.place)
    rig.tracks.clear()
    gc.collect()
    assert only() is None
    assert not rig.run(0.1).any()
