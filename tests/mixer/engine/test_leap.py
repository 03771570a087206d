"""A leap ends where rendering ends: playheads, loops, sync, what was to begin on a beat, the ends of tracks."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.engine.snapshot import Snapshot, without_delays, without_tracks
from tests.mixer.rig import MemoryTrack, Rig, music, tone

A, B = music(20.0, 124.0, seed=1), music(20.0, 128.0, seed=2)

SCENES: dict[str, list[c.Command]] = {
    "two synced decks with key lock": [c.SetSync(1, True), c.SetKeyLock(0, True), c.SetPitch(0, 0.7)],
    "a loop": [c.BeatLoop(0, 1.0)],
    "a loop in reverse": [c.BeatLoop(0, 2.0), c.SetReverse(0, True)],
    "slip under a roll": [c.SetSlip(1, True), c.LoopRoll(1, 0.5)],
    "a start on a beat": [c.Play(1, False), c.SetLeader(0), c.Play(1, True, at_beat=8.0, clock=0)],
    "a pitch that still glides": [c.SetPitchRange(0, 0.5), c.SetPitch(0, 1.0)],
    "the end of a track": [c.Seek(0, 20.0 * 48_000 - 50_000.0)],
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_leap_ends_where_rendering_ends(scene: str) -> None:
    rendered, leapt = Rig(a=A, b=B), Rig(a=A, b=B)
    for rig in (rendered, leapt):
        rig.start(0, "a", bpm=124.0)
        rig.start(1, "b", bpm=128.0, at_s=1.0)
        rig.apply(*SCENES[scene])
    rendered.run(5.0)
    leapt.engine.leap(leapt.place, 5 * 48_000)
    assert leapt.engine.desk(leapt.place) == rendered.engine.desk(rendered.place)
    leapt_decks, rendered_decks = leapt.engine.moment(leapt.place).decks, rendered.engine.moment(rendered.place).decks
    for ours, theirs in zip(leapt_decks, rendered_decks, strict=True):
        assert (ours.position_frames, ours.rate, ours.beat) == (theirs.position_frames, theirs.rate, theirs.beat)
    assert leapt.engine.frame(leapt.place) == rendered.engine.frame(rendered.place)


def test_after_a_leap_and_a_while_the_sound_is_what_it_would_have_been() -> None:
    rendered, leapt = Rig(a=A, b=B), Rig(a=A, b=B)
    for rig in (rendered, leapt):
        rig.start(0, "a", bpm=124.0)
        rig.apply(c.SetFilter(0, 0.3), c.SetEqualiser(0, 0, -0.5))
    rendered.run(5.0)
    leapt.engine.leap(leapt.place, 4 * 48_000)
    leapt.run(1.0)
    assert np.abs(rendered.run(1.0) - leapt.run(1.0)).max() < 1e-5


def test_delay_lines_in_memory_of_others_outlive_the_engine() -> None:
    rig = Rig(a=A)
    memory = np.zeros((1, *rig.engine._memory.shape[1:]), np.float32)
    first = Engine(1, rig.tracks, memory=memory)
    place = first.open()
    for command in (c.SetEffect(0, EffectKind.ECHO, beats=0.5), c.Load(0, "a", bpm=124.0), c.Play(0, True)):
        first.apply(place, command)
    for _ in range(400):
        first.render()
    snapshot = first.snapshot(place)
    second = Engine(1, rig.tracks, memory=memory.copy())
    second.restore(Snapshot(snapshot.state, snapshot.tracks, {}))
    for _ in range(200):
        first.render()
        second.render()
        assert np.array_equal(first.programme, second.programme)
    assert np.abs(first.programme).max() > 0.01


def test_where_delay_lines_are_lost_an_effect_begins_with_silence() -> None:
    rig = Rig(a=tone(440.0, 20.0))
    rig.start(0, "a")
    rig.apply(c.SetEffect(0, EffectKind.ECHO, beats=1.0, amount=0.8))
    rig.run(3.0)
    rig.apply(c.Play(0, False))
    rig.run(0.1)
    snapshot = without_delays(rig.engine.snapshot(rig.place))
    assert snapshot.delays == {}
    other = Rig(a=tone(440.0, 20.0))
    other.engine.close(other.place)
    other.place = other.engine.restore(snapshot)
    assert np.abs(rig.run(0.5)).max() > 0.1
    assert not other.run(0.5)[4800:].any()


def test_a_track_that_is_gone_leaves_an_empty_deck_and_the_other_plays_on() -> None:
    rig = Rig(a=A, b=B)
    rig.start(0, "a", bpm=124.0)
    rig.start(1, "b", bpm=128.0)
    rig.run(0.5)
    rig.apply(c.Load(1, None))
    rig.run(0.005)  # "b" still fades
    snapshot = without_tracks(rig.engine.snapshot(rig.place), {"b"})
    assert snapshot.tracks == ("a",)
    other = Engine(1, rig.tracks)
    place = other.restore(snapshot)
    del rig.tracks["b"]
    for _ in range(20):
        other.render()
    assert np.abs(other.programme[place]).max() > 0.01
    assert [deck.track for deck in other.desk(place).decks] == ["a", None]


def test_the_length_of_a_track_is_known_once_it_is_decoded_whole() -> None:
    rig = Rig()
    track = rig.tracks["x"] = EstimatedTrack("x", tone(440.0, 2.0), decoded=2 * 48_000)
    rig.apply(c.Load(0, "x"))
    assert rig.engine.desk(rig.place).decks[0].length_frames == 3 * 48_000
    track.expected = 2 * 48_000
    rig.engine.grow_tracks(rig.place)
    assert rig.engine.desk(rig.place).decks[0].length_frames == 2 * 48_000


class EstimatedTrack(MemoryTrack):
    """A track that is thought to be longer than it is."""

    expected = 3 * 48_000

    @property
    def length(self) -> int:
        return self.expected
