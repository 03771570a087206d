"""Auto-DJ on simulated time, with the real engine under its hands."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.auto_dj.auto_dj import Surroundings
from mixer.dsp.gains import Curve, Side
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from tests.mixer.auto_dj.booth import Booth, clicks, loudness, noise, span, track
from tests.mixer.rig import onsets

LENGTH_S = 24.0
BEAT_S = 0.5  # at 120 BPM
QUIET_DB = -38.0
"""3 dB below the tracks."""


def two_tracks(second_bpm: float, *, seconds: float = LENGTH_S) -> Booth:
    """One plays at 120 BPM with an outro of 8 s; the queue holds one of another tempo with an intro as long."""
    a = track("a", 120.0, sections=span(seconds, intro_s=4.0, outro_s=8.0))
    b = track("b", second_bpm, sections=span(seconds, intro_s=8.0 * 120 / second_bpm, outro_s=4.0), entry="1")
    booth = Booth({"a": noise(seconds, 1), "b": noise(seconds, 2)}, queue=[b])
    booth.play(0, a)
    booth.auto.start(unattended=False)
    return booth


def test_the_intro_meets_the_outro_on_the_beat_of_a_phrase() -> None:
    seconds = LENGTH_S
    a = track("a", 120.0, sections=span(seconds, intro_s=4.0, outro_s=8.0))
    b = track("b", 123.0, sections=span(seconds, intro_s=8.2, outro_s=4.0), entry="1")
    booth = Booth({"a": clicks(120.0, seconds), "b": clicks(123.0, seconds, hz=4000.0)}, queue=[b])
    booth.play(0, a)
    booth.auto.start(unattended=False)
    booth.run(16.5)
    view = booth.view()
    assert view.decks[1].playing
    assert view.decks[1].beat == pytest.approx(view.decks[0].beat - 32.0, abs=0.01)
    assert view.decks[1].rate == pytest.approx(120.0 / 123.0, abs=1e-3)


def test_the_incoming_track_keeps_the_beat_of_the_outgoing_one() -> None:
    seconds = LENGTH_S
    a = track("a", 120.0, sections=span(seconds, intro_s=4.0, outro_s=8.0))
    b = track("b", 126.0, sections=span(seconds, intro_s=8.0, outro_s=4.0), entry="1")
    booth = Booth({"a": clicks(120.0, seconds), "b": clicks(126.0, seconds)}, queue=[b])
    booth.play(0, a)
    booth.auto.start(unattended=False)
    booth.run(18.0)
    beats = onsets(booth.run(4.0))
    phase = np.mod(beats - beats[0] + BEAT_S / 2, BEAT_S) - BEAT_S / 2
    assert np.abs(phase).max() <= 0.004, "both tracks are one beat"


@pytest.mark.parametrize("second_bpm", [120.0, 126.0, 150.0])
def test_the_sound_never_dips_or_jumps(second_bpm: float) -> None:
    booth = two_tracks(second_bpm)
    levels = loudness(booth.run(LENGTH_S + 6.0), 0.25)
    assert np.ptp(levels[2:]) <= 2.5, "unrelated tracks stay equally loud"
    view = booth.view()
    assert (view.decks[0].playing, view.decks[1].playing) == (False, True)


def test_the_basses_are_exchanged_and_never_sound_together() -> None:
    booth = two_tracks(120.0)
    lows = []
    for _ in range(round(10.0 / 0.2)):
        booth.run(0.2)
        view = booth.view()
        if view.decks[0].playing and view.decks[1].playing:
            lows.append((view.decks[0].low, view.decks[1].low))
    for _ in range(round(16.0 / 0.2)):
        booth.run(0.2)
        view = booth.view()
        if view.decks[0].playing and view.decks[1].playing:
            lows.append((view.decks[0].low, view.decks[1].low))
    assert lows[0] == (0.0, -1.0)
    assert lows[-1] == (-1.0, 0.0)
    assert all(first + second == pytest.approx(-1.0, abs=1e-6) for first, second in lows)


def test_tempos_that_are_too_far_apart_are_left_alone() -> None:
    booth = two_tracks(140.0)
    booth.run(LENGTH_S - 3.0)
    view = booth.view()
    assert view.decks[1].playing
    assert view.decks[1].rate == 1.0
    assert not any(isinstance(command, c.SetEqualiser) for command in booth.done)


@pytest.mark.parametrize(
    ("crossfader", "sides"),
    [(0.0, (Side.A, Side.B)), (-1.0, (Side.A, Side.B)), (0.3, (Side.A, Side.A)), (-0.4, (Side.THRU, Side.B))],
)
def test_the_desk_is_put_back(crossfader: float, sides: tuple[Side, Side]) -> None:
    booth = two_tracks(120.0)
    booth.apply(c.SetSide(0, sides[0]), c.SetSide(1, sides[1]), c.MoveCrossfader(crossfader), c.SetFader(0, 0.8))
    booth.apply(c.SetEqualiser(0, 0, 0.25), c.SetEqualiser(1, 0, -0.5), c.SetCrossfaderCurve(Curve.CONSTANT_POWER))
    before = booth.view()
    booth.run(LENGTH_S + 4.0)
    after = booth.view()
    assert not after.decks[0].playing
    assert [deck.side for deck in after.decks] == list(sides)
    assert [deck.low for deck in after.decks] == pytest.approx([deck.low for deck in before.decks])
    assert after.decks[0].fader == pytest.approx(0.8)
    assert abs(after.crossfader) == pytest.approx(abs(crossfader))
    assert after.gain(1) == pytest.approx(before.gain(0), rel=0.01), "as loud as the track before it"


def test_the_tempo_of_a_transition_is_given_up_slowly() -> None:
    seconds = 60.0
    b = track("b", 124.0, sections=span(seconds, intro_s=8.0, outro_s=4.0), entry="1")
    booth = Booth({"a": noise(LENGTH_S, 1), "b": noise(seconds, 2)}, queue=[b])
    booth.play(0, track("a", 120.0, sections=span(LENGTH_S, intro_s=4.0, outro_s=8.0)))
    booth.auto.start(unattended=False)
    booth.run(LENGTH_S + 1.0)
    rates = []
    for _ in range(40):
        booth.run(0.4)
        rates.append(booth.view().decks[1].rate)
    steps = np.diff(rates)
    assert rates[-1] == 1.0
    assert steps.min() >= 0.0, "it only gets faster"
    assert steps.max() <= 0.0015, "by less than two thousandths in 0.4 s"


def test_a_queue_plays_in_its_order_and_then_the_oldest_again() -> None:
    pcm = {name: noise(12.0, number) for number, name in enumerate("abcd")}
    queue = [track(name, None, entry=name) for name in "bcd"]
    booth = Booth(pcm, queue=queue, played=[track("a", None)])
    booth.play(0, track("a", None))
    booth.auto.start(unattended=True)
    levels = loudness(booth.run(75.0), 0.5)
    assert [load.candidate.track for load in booth.loads][:7] == ["b", "c", "d", "a", "b", "c", "d"]
    assert levels.min() >= QUIET_DB, "never silent"


def test_nothing_plays_so_the_next_begins_at_once_and_is_heard() -> None:
    booth = Booth({"a": noise(12.0, 1)}, queue=[track("a", None, entry="1")])
    booth.apply(c.SetFader(0, 0.0), c.MoveCrossfader(1.0))
    booth.auto.start(unattended=True)
    assert loudness(booth.run(2.0))[1:].min() >= QUIET_DB


def test_a_loop_that_somebody_left_running_is_left() -> None:
    booth = two_tracks(120.0)
    booth.run(4.0)
    booth.apply(c.BeatLoop(0, 4.0))
    booth.auto.stop(booth.view())
    booth.auto.start(unattended=True)
    booth.run(LENGTH_S)
    assert booth.view().decks[1].playing
    assert not booth.view().decks[0].playing


def test_what_cannot_be_loaded_is_passed_over() -> None:
    booth = Booth({"b": noise(12.0, 2)}, queue=[track("lost", None, entry="1"), track("b", None, entry="2")])
    booth.auto.start(unattended=True)
    booth.run(2.0)
    assert [load.candidate.track for load in booth.loads][:2] == ["lost", "b"]
    assert booth.view().decks[0].playing


def test_stopped_in_the_middle_it_gives_the_desk_back_as_it_sounds() -> None:
    booth = two_tracks(120.0)
    booth.run(20.0)
    before = booth.view()
    assert before.decks[1].playing
    booth.apply(*booth.auto.stop(before))
    after = booth.view()
    assert [deck.side for deck in after.decks] == [Side.A, Side.B]
    assert after.decks[0].playing
    assert after.decks[1].playing
    assert after.gain(0) == pytest.approx(before.gain(0), rel=0.01)
    assert booth.auto.step(after, Surroundings({}, [], []), now=99.0) == []


def test_taken_over_in_the_last_bars_it_still_is_in_time() -> None:
    booth = two_tracks(120.0)
    booth.apply(c.Seek(0, (LENGTH_S - 5.0) * SAMPLE_RATE))
    levels = loudness(booth.run(8.0), 0.25)
    assert levels[1:].min() >= QUIET_DB
    assert booth.view().decks[1].playing
