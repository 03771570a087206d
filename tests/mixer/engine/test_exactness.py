"""What is exact: unity passes samples through, blocks and neighbours make no difference, the log repeats the show."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.units import QUANTUM, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine, replay
from mixer.engine.snapshot import Snapshot
from tests.mixer.rig import Audio, Rig, aligned, db, music

A, B = music(12.0, 124.0, seed=1), music(12.0, 128.0, seed=2)


def busy(rig: Rig) -> None:
    """Two decks of different tempo, synced, with key lock, equaliser, filter and effects."""
    rig.start(0, "a", bpm=124.0)
    rig.start(1, "b", bpm=128.0, at_s=1.0)
    rig.apply(
        c.SetKeyLock(0, True),
        c.SetPitch(0, 0.6),
        c.SetSync(1, True),
        c.SetKeyLock(1, True),
        c.SetEqualiser(0, 0, -1.0),
        c.SetFilter(1, 0.3),
        c.SetEffect(0, EffectKind.ECHO, beats=0.5),
        c.SetEffect(1, EffectKind.FLANGER, beats=4),
        c.SetEffect(4, EffectKind.PHASER, beats=2),
        c.SetMaster(6.0),
    )


def gestures(rig: Rig) -> list[Audio]:
    """A second of mixing, with commands every 60 ms, which is a whole number of blocks of every size."""
    out = []
    for step in range(20):
        rig.apply(c.MoveCrossfader(step / 10.0 - 1.0), c.SetFilter(0, step / 20.0))
        if step == 4:
            rig.apply(c.BeatLoop(0, 0.25), c.SetEffect(1, EffectKind.GATE, beats=0.25))
        if step == 9:
            rig.apply(c.Seek(1, 200_000.0), c.SetReverse(0, True))
        if step == 14:
            rig.apply(c.SetLooping(0, False), c.SetKeyLock(1, False), c.SetEffect(4, EffectKind.REVERB, beats=4))
        out.append(rig.run(0.06))
    return out


def test_a_track_at_its_own_speed_passes_unchanged() -> None:
    rig = Rig(a=A)
    rig.start(0, "a")
    out = aligned(rig.run(2.0))
    settled = slice(9600, 90_000)
    residual = out[settled] - A[settled] / np.float32(32768.0)
    assert db(float(np.abs(residual).max())) <= -120.0


def test_key_lock_at_the_tracks_own_tempo_passes_it_unchanged() -> None:
    rig = Rig(a=A)
    rig.start(0, "a")
    rig.apply(c.SetKeyLock(0, True))
    out = aligned(rig.run(2.0))
    settled = slice(9600, 90_000)
    assert np.array_equal(out[settled], A[settled] / np.float32(32768.0))


@pytest.mark.parametrize("block", [QUANTUM, 480, 960])
def test_the_size_of_a_block_is_not_heard(block: int) -> None:
    reference, other = Rig(a=A, b=B), Rig(a=A, b=B, block=block)
    for rig in (reference, other):
        busy(rig)
    expected, out = np.concatenate(gestures(reference)), np.concatenate(gestures(other))
    assert np.array_equal(expected, out)
    assert np.abs(expected).max() > 0.2


def test_a_session_sounds_the_same_alone_and_among_others() -> None:
    alone = Rig(a=A, b=B)
    busy(alone)
    among = Rig(a=A, b=B)
    neighbour = among.engine.open(4)
    among.engine.apply(neighbour, c.Load(0, "b", bpm=128.0))
    among.engine.apply(neighbour, c.Play(0, True))
    among.engine.apply(neighbour, c.SetEffect(0, EffectKind.REVERB))
    busy(among)
    assert np.array_equal(np.concatenate(gestures(alone)), np.concatenate(gestures(among)))


def test_the_event_log_renders_the_same_samples_again() -> None:
    rig = Rig(a=A, b=B)
    rng = np.random.default_rng(3)
    frame = rig.engine.frame(rig.place)
    rig.engine.log(rig.place).begin_anew(rig.engine.snapshot(rig.place), frame)
    rig.apply(c.SetMicrophone(True), c.SetTalkover(-12.0))
    busy(rig)
    spoken, heard = [], []
    for block in range(300):
        if block % 60 == 10:
            rig.apply(c.SetEqualiser(0, block % 3, -1.0), c.BeatJump(1, 4.0))
        voice = (0.1 * rng.standard_normal((rig.engine.block, 2))).astype(np.float32)
        rig.engine.microphone[rig.place] = voice
        spoken.append(voice)
        heard.append(rig.run(rig.engine.block / SAMPLE_RATE))
    log = rig.engine.log(rig.place)
    again = replay(log, rig.tracks, rig.engine.frame(rig.place), microphone=np.concatenate(spoken))
    assert np.array_equal(again, np.concatenate(heard))


def test_a_full_log_begins_anew_and_still_renders_the_same() -> None:
    rig = Rig(a=A, b=B)
    log = rig.engine.log(rig.place)
    log.max_events = 25
    busy(rig)
    heard = gestures(rig)
    assert len(log.events) < 25
    assert log.start_frame > 0
    again = replay(log, rig.tracks, rig.engine.frame(rig.place))
    assert np.array_equal(again, np.concatenate(heard)[-len(again) :])


def test_a_snapshot_goes_on_with_the_same_samples_in_another_engine() -> None:
    rig = Rig(a=A, b=B)
    busy(rig)
    rig.run(0.4)
    rig.apply(c.Seek(0, 250_000.0))
    rig.run(0.005)  # in the middle of a splice
    blob = rig.engine.snapshot(rig.place).to_bytes()

    elsewhere = Rig(a=A.copy(), b=B.copy())
    elsewhere.place = elsewhere.engine.restore(Snapshot.from_bytes(blob))
    assert np.array_equal(np.concatenate(gestures(rig)), np.concatenate(gestures(elsewhere)))


def test_a_snapshot_without_effects_is_small() -> None:
    rig = Rig(a=A)
    rig.start(0, "a")
    rig.run(0.5)
    assert len(rig.engine.snapshot(rig.place).to_bytes()) < 8_000


def test_nan_in_one_session_is_its_own_silence_for_one_block() -> None:
    rig = Rig(a=A)
    healthy = rig.engine.open(2)
    for place in (rig.place, healthy):
        rig.engine.apply(place, c.Load(0, "a", bpm=124.0))
        rig.engine.apply(place, c.Play(0, True))
    rig.run(0.5)
    rig.apply(c.SetMicrophone(True))
    rig.run(0.1)
    rig.engine.microphone[rig.place, 7, 0] = np.nan
    rig.engine.render()
    assert not rig.engine.programme[rig.place].any()
    assert np.isfinite(rig.engine.programme[healthy]).all()
    assert np.abs(rig.engine.programme[healthy]).max() > 0.01
    rig.engine.microphone[rig.place] = 0.0
    after = rig.run(0.2)
    assert np.isfinite(after).all()
    assert np.abs(after).max() > 0.01
    assert rig.engine.faults(rig.place) == 1
    assert rig.engine.faults(healthy) == 0


def test_silence_after_sound_leaves_no_denormal_numbers_behind() -> None:
    rig = Rig(a=music(1.0))
    rig.start(0, "a")
    rig.apply(
        c.SetEqualiser(0, 0, -0.5),
        c.SetFilter(0, 0.4),
        c.SetEffect(0, EffectKind.REVERB, beats=1.0),
        c.SetEffect(4, EffectKind.ECHO, beats=0.25, amount=0.5),
    )
    rig.run(20.0)
    assert rig.engine.desk(rig.place).decks[0].ended
    snapshot = rig.engine.snapshot(rig.place)
    assert set(snapshot.delays) == {0, 4}
    for delay in snapshot.delays.values():
        line = np.abs(np.frombuffer(delay, np.float32))
        assert not ((line > 0.0) & (line < np.finfo(np.float32).tiny)).any()
    assert not rig.run(0.1).any()


def test_the_engine_is_bounded() -> None:
    engine = Engine(1, Rig().tracks)
    engine.open()
    with pytest.raises(RuntimeError, match="running"):
        engine.open()
