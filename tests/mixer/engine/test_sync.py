"""Two synced decks are one beat: never more than 4 ms apart, and no farther after half an hour."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.rig import Audio, Rig, clicks, onsets

APART_MS = 4.0


def synced(leader_bpm: float, bpm: float, *, key_lock: bool, seconds: float = 20.0) -> Rig:
    """Deck 0 leads, deck 1 follows, each heard alone on one ear of the headphones."""
    rig = Rig(a=clicks(leader_bpm, seconds), b=clicks(bpm, seconds))
    rig.apply(c.SetKeyLock(0, key_lock), c.SetKeyLock(1, key_lock))
    rig.start(0, "a", bpm=leader_bpm)
    rig.run(0.37)
    rig.start(1, "b", bpm=bpm)
    rig.apply(c.SetLeader(0), c.SetSync(1, True))
    # Deck 1 alone is listened to, and the master beside it is deck 0 alone.
    rig.apply(c.SetListen(1, True), c.SetFader(1, 0.0), c.SetHeadphones(split=True))
    rig.run(1.0)
    return rig


def apart_ms(audio: Audio) -> np.ndarray:
    """For every beat of the right ear, how far the nearest of the left one is."""
    follower, leader = onsets(audio[:, :1]), onsets(audio[:, 1:])
    leader = leader[(leader > 0.1) & (leader < len(audio) / SAMPLE_RATE - 0.1)]
    assert len(leader) >= 3
    return np.array([1000.0 * (follower[np.argmin(np.abs(follower - beat))] - beat) for beat in leader])


def sounding_bpm(rig: Rig, deck: int) -> float:
    return rig.engine.desk(rig.place).decks[deck].bpm * rig.engine.moment(rig.place).decks[deck].rate


@pytest.mark.parametrize(("leader_bpm", "bpm"), [(127.31, 120.0), (120.4, 128.0), (170.2, 174.0)])
@pytest.mark.parametrize("key_lock", [False, True])
def test_synced_decks_are_on_one_beat(leader_bpm: float, bpm: float, key_lock: bool) -> None:
    rig = synced(leader_bpm, bpm, key_lock=key_lock)
    assert np.abs(apart_ms(rig.run(6.0, "cue"))).max() <= APART_MS


def test_a_follower_follows_the_leaders_pitch_fader() -> None:
    rig = synced(124.0, 128.0, key_lock=False)
    rig.apply(c.SetPitchRange(0, 0.16), c.SetPitch(0, 1.0))
    rig.run(2.0)
    assert sounding_bpm(rig, 1) == pytest.approx(124.0 * 1.16, rel=1e-4)
    assert np.abs(apart_ms(rig.run(4.0, "cue"))).max() <= 1.0


def test_twice_the_tempo_is_the_same_beat() -> None:
    rig = synced(87.0, 172.0, key_lock=False)
    assert sounding_bpm(rig, 1) == pytest.approx(174.0, rel=1e-4)
    assert np.abs(apart_ms(rig.run(6.0, "cue"))).max() <= 1.0


def test_pushing_a_synced_deck_keeps_the_new_phase() -> None:
    rig = synced(124.0, 124.0, key_lock=False)
    rig.apply(c.Bend(1, 0.05))
    rig.run(0.4)
    rig.apply(c.Bend(1, 0.0))
    rig.run(0.5)
    shifted = apart_ms(rig.run(3.0, "cue"))
    assert np.abs(shifted).min() > 10.0
    assert np.ptp(shifted) < 0.2


def test_an_action_for_a_beat_is_heard_on_that_beat() -> None:
    rig = Rig(a=clicks(120.0, 20.0), b=clicks(120.0, 20.0, offset_s=0.0))
    rig.start(0, "a", bpm=120.0)
    rig.run(0.7)
    rig.apply(
        c.Load(1, "b", bpm=120.0, cue_frame=2 * SAMPLE_RATE),
        c.Play(1, True, at_beat=4.0, clock=0),
        c.SetListen(1, True),
        c.SetHeadphones(split=True),
    )
    assert rig.engine.desk(rig.place).decks[1].pending
    audio = rig.run(3.0, "cue")
    first = onsets(audio[:, :1])[0]
    # Beat 4 of the clock is at 2 s of its track, of which 0.7 s had passed.
    assert abs(first - (2.0 - 0.7)) * 1000.0 < 1.0


def test_a_late_action_joins_the_beat_it_missed() -> None:
    rig = Rig(a=clicks(120.0, 20.0), b=clicks(126.0, 20.0))
    rig.start(0, "a", bpm=120.0)
    rig.run(1.1)
    rig.apply(c.SetPitch(1, (120 / 126 - 1) / 0.08), c.Load(1, "b", bpm=126.0))
    rig.run(0.1)
    rig.apply(c.Play(1, True, at_beat=2.0, clock=0), c.SetListen(1, True), c.SetFader(1, 0.0))
    rig.apply(c.SetHeadphones(split=True))
    assert np.abs(apart_ms(rig.run(4.0, "cue"))).max() < 0.5


def test_sync_does_not_drift_in_two_minutes_of_positions() -> None:
    length = 150.0
    silent = np.zeros((int(length * SAMPLE_RATE), 2), np.int16)
    rig = Rig(a=silent, b=silent, block=960)
    rig.start(0, "a", bpm=127.313)
    rig.start(1, "b", bpm=121.77)
    rig.apply(c.SetLeader(0), c.SetSync(1, True))
    rig.run(2.0)
    for _ in range(4):
        rig.run(30.0)
        leader, follower = rig.engine.moment(rig.place).decks
        error = (leader.beat - follower.beat + 0.5) % 1.0 - 0.5
        assert abs(error) * 60_000.0 / 127.313 < 0.05


@pytest.mark.soak
def test_sync_with_key_lock_does_not_drift_in_thirty_minutes() -> None:
    seconds = 30 * 60.0
    rig = synced(127.31, 120.0, key_lock=True, seconds=seconds * 1.1)
    for _ in range(30):
        assert np.abs(apart_ms(rig.run(59.0, "cue"))).max() <= APART_MS
