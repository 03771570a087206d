"""What the playhead does when a DJ plays, cues, jumps, loops and slips."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Side
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.desk_state import DeckMoment, DeckSettings
from mixer.engine.session import UnknownTrack
from tests.mixer.rig import MemoryTrack, Rig, aligned, clicks, music, onsets, tone

BEAT = SAMPLE_RATE / 2
PCM = music(20.0, 120.0)


def deck(rig: Rig) -> DeckSettings:
    return rig.engine.desk(rig.place).decks[0]


def moving(rig: Rig) -> DeckMoment:
    return rig.engine.moment(rig.place).decks[0]


def playing(at_s: float = 1.0) -> Rig:
    """Deck 0 plays at 120 BPM from `at_s`."""
    rig = Rig(x=PCM)
    rig.start(0, "x", at_s=at_s)
    return rig


def test_playing_moves_the_playhead_in_real_time() -> None:
    rig = playing()
    rig.run(0.5)
    assert moving(rig).position_frames == 1.5 * SAMPLE_RATE
    rig.apply(c.Play(0, False))
    rig.run(0.5)
    assert moving(rig).position_frames == 1.5 * SAMPLE_RATE


def test_cue_stops_at_the_cue_point_and_previews_while_held() -> None:
    rig = playing(1.0)
    rig.run(0.5)
    rig.apply(c.PressCue(0))
    assert (deck(rig).playing, moving(rig).position_frames) == (False, SAMPLE_RATE)
    rig.apply(c.ReleaseCue(0))
    rig.apply(c.PressCue(0))
    rig.run(0.25)
    assert deck(rig).previewing
    assert moving(rig).position_frames == 1.25 * SAMPLE_RATE
    rig.apply(c.ReleaseCue(0))
    assert (deck(rig).playing, moving(rig).position_frames) == (False, SAMPLE_RATE)


def test_play_during_a_preview_goes_on() -> None:
    rig = playing(1.0)
    rig.apply(c.PressCue(0), c.PressCue(0))
    rig.run(0.25)
    rig.apply(c.Play(0, True), c.ReleaseCue(0))
    rig.run(0.25)
    assert deck(rig).playing
    assert moving(rig).position_frames == 1.5 * SAMPLE_RATE


def test_cue_elsewhere_moves_the_cue_point_to_the_beat() -> None:
    rig = playing(1.0)
    rig.apply(c.SetQuantize(0, True), c.Play(0, False), c.Seek(0, 3.1 * BEAT), c.PressCue(0))
    assert deck(rig).cue_frame == 3 * BEAT
    assert moving(rig).position_frames == 3 * BEAT


def test_a_hot_cue_is_set_on_the_beat_and_played_from_there() -> None:
    rig = playing(1.0)
    rig.run(0.28)
    rig.apply(c.SetQuantize(0, True), c.SetHotCue(0, 3))
    assert deck(rig).hot_cues[3] == 3 * BEAT
    rig.apply(c.Play(0, False), c.JumpToHotCue(0, 3))
    assert deck(rig).playing
    assert moving(rig).position_frames == 3 * BEAT
    rig.apply(c.ClearHotCue(0, 3))
    with pytest.raises(InvalidCommand, match="not set"):
        rig.apply(c.JumpToHotCue(0, 3))


def test_a_quantised_jump_keeps_the_place_in_the_beat() -> None:
    rig = playing(1.0)
    rig.apply(c.SetQuantize(0, True), c.SetHotCue(0, 0, 8 * BEAT))
    rig.run(0.6)
    phase = moving(rig).beat % 1.0
    rig.apply(c.JumpToHotCue(0, 0))
    assert moving(rig).beat % 1.0 == pytest.approx(phase)
    assert abs(moving(rig).position_frames - 8 * BEAT) <= BEAT / 2


def test_a_beat_jump_moves_by_whole_beats_and_stays_in_the_track() -> None:
    rig = playing(1.0)
    rig.apply(c.BeatJump(0, 4.0))
    assert moving(rig).position_frames == SAMPLE_RATE + 4 * BEAT
    rig.apply(c.BeatJump(0, -64.0))
    assert moving(rig).position_frames == 0.0


def test_the_attack_after_a_loop_seam_is_heard_undimmed() -> None:
    rig = Rig(x=clicks(120.0, 20.0))
    rig.start(0, "x", at_s=0.9)
    rig.run(0.1)
    rig.apply(c.SetQuantize(0, True), c.BeatLoop(0, 1.0))
    audio = aligned(rig.run(4.1))
    beats = onsets(audio)
    assert np.diff(beats) == pytest.approx(0.5, abs=1e-4)
    peaks = [np.abs(audio[int(beat * SAMPLE_RATE) :][:400]).max() for beat in beats[1:-1]]
    assert min(peaks) > 0.98 * max(peaks)


@pytest.mark.parametrize("beats", [1 / 32, 1 / 8, 1.0, 4.0])
def test_a_beat_loop_stays_between_its_ends(beats: float) -> None:
    rig = playing(1.0)
    rig.apply(c.SetQuantize(0, True), c.BeatLoop(0, beats))
    loop = deck(rig).loop
    assert loop is not None
    assert loop == (SAMPLE_RATE, SAMPLE_RATE + beats * BEAT)
    for _ in range(40):
        rig.run(0.065)
        assert loop[0] <= moving(rig).position_frames < loop[1]
    rig.apply(c.SetLooping(0, False))
    rig.run(4.0)
    assert moving(rig).position_frames >= loop[1]


def test_a_loop_is_halved_doubled_moved_left_and_entered_again() -> None:
    rig = playing(1.0)
    rig.apply(c.SetQuantize(0, True), c.BeatLoop(0, 4.0))
    rig.run(1.4)
    rig.apply(c.ScaleLoop(0, 0.5))
    assert deck(rig).loop == (SAMPLE_RATE, SAMPLE_RATE + 2 * BEAT)
    assert moving(rig).position_frames == pytest.approx(SAMPLE_RATE + 0.8 * BEAT)
    rig.apply(c.ScaleLoop(0, 2.0), c.MoveLoop(0, 4.0))
    assert deck(rig).loop == (SAMPLE_RATE + 4 * BEAT, SAMPLE_RATE + 8 * BEAT)
    assert moving(rig).position_frames == pytest.approx(SAMPLE_RATE + 4.8 * BEAT)
    rig.apply(c.SetLooping(0, False), c.Seek(0, 100.0), c.SetLooping(0, True))
    assert deck(rig).looping
    loop = deck(rig).loop
    assert loop is not None
    assert loop[0] <= moving(rig).position_frames < loop[1]


def test_loop_in_and_out_make_a_loop() -> None:
    rig = playing(1.0)
    rig.apply(c.LoopIn(0))
    rig.run(0.75)
    rig.apply(c.LoopOut(0))
    assert deck(rig).loop == (SAMPLE_RATE, 1.75 * SAMPLE_RATE)
    assert moving(rig).position_frames == SAMPLE_RATE
    with pytest.raises(InvalidCommand, match="too short"):
        rig.apply(c.LoopIn(0), c.LoopOut(0))


def test_a_roll_goes_on_where_the_track_would_be() -> None:
    rig = playing(1.0)
    rig.run(0.5)
    rig.apply(c.LoopRoll(0, 0.25))
    rig.run(1.0)
    assert moving(rig).position_frames < 1.8 * SAMPLE_RATE
    rig.apply(c.LoopRoll(0, None))
    assert moving(rig).position_frames == 2.5 * SAMPLE_RATE
    assert not deck(rig).looping


def test_slip_returns_from_scratches_in_reverse() -> None:
    rig = playing(2.0)
    rig.apply(c.SetSlip(0, True), c.SetReverse(0, True))
    rig.run(0.5)
    assert moving(rig).position_frames == 1.5 * SAMPLE_RATE
    rig.apply(c.SetReverse(0, False), c.SetSlip(0, False))
    assert moving(rig).position_frames == 2.5 * SAMPLE_RATE


def test_reverse_plays_the_same_samples_backwards() -> None:
    rig = playing(2.0)
    rig.apply(c.SetReverse(0, True))
    audio = aligned(rig.run(1.0))
    settled = slice(4800, 40_000)
    expected = PCM[2 * SAMPLE_RATE :: -1][settled] / 32768.0
    assert np.abs(audio[settled] - expected).max() < 1e-4


def test_the_end_of_a_track_stops_the_deck() -> None:
    rig = playing(19.8)
    rig.run(0.5)
    assert deck(rig).ended
    assert not deck(rig).playing
    assert moving(rig).position_frames == len(PCM)
    assert not rig.run(0.3)[4800:].any()


def test_what_is_not_decoded_yet_is_silent_until_it_is() -> None:
    rig = Rig()
    track = rig.tracks["x"] = MemoryTrack("x", tone(440.0, 4.0), decoded=SAMPLE_RATE)
    rig.apply(c.Load(0, "x"), c.Play(0, True))
    rig.run(1.1)
    assert not rig.run(0.2).any()
    with pytest.raises(InvalidCommand, match="decoded"):
        rig.apply(c.ExtendTrack(0, SAMPLE_RATE + 1, 4 * SAMPLE_RATE))
    track.decoded = 4 * SAMPLE_RATE
    rig.engine.grow_tracks(rig.place)
    assert np.abs(rig.run(0.2)).max() > 0.4


@pytest.mark.parametrize("range_", [0.06, 0.08, 0.10, 0.16, 0.50])
def test_the_pitch_fader_spans_its_range(range_: float) -> None:
    rig = playing()
    rig.apply(c.SetPitchRange(0, range_), c.SetPitch(0, -1.0))
    rig.run(0.2)
    assert moving(rig).rate == pytest.approx(1.0 - range_)


def test_four_decks_play_at_once() -> None:
    rig = Rig(decks=4, a=tone(200.0, 3.0, 0.1), b=tone(400.0, 3.0, 0.1))
    for index, name in enumerate("abab"):
        rig.apply(c.SetSide(index, Side.THRU))
        rig.start(index, name)
    audio = rig.run(1.0)[24_000:, 0]
    spectrum = np.abs(np.fft.rfft(audio)) * 2 / len(audio)
    assert spectrum[100] == pytest.approx(0.2, abs=0.002)
    assert spectrum[200] == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize(
    "command",
    [
        c.Play(2, True),
        c.Play(-1, True),
        c.SetHotCue(0, 8),
        c.SetPitchRange(0, 0.3),
        c.BeatLoop(0, 65.0),
        c.BeatLoop(0, 1 / 64),
        c.ScaleLoop(0, 3.0),
        c.MoveLoop(0, 1.0),
        c.SetLooping(0, True),
        c.SetBeatGrid(0, 0.0, 0.0),
        c.Seek(0, 0.0, at_beat=1.0),
        c.SetLeader(3),
        c.SetEqualiser(0, 3, 0.0),
        c.SetEffect(5, EffectKind.ECHO),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing(command: c.Command) -> None:
    rig = Rig(x=PCM)
    rig.apply(c.Load(0, "x", bpm=120.0))
    before = rig.engine.snapshot(rig.place).state
    with pytest.raises(InvalidCommand):
        rig.apply(command)
    assert rig.engine.snapshot(rig.place).state == before


def test_a_track_that_nobody_has_is_refused() -> None:
    rig = playing()
    with pytest.raises(UnknownTrack):
        rig.apply(c.Load(1, "nothing"))
    assert deck(rig).playing
