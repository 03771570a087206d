"""A second thread that renders some of the sessions: it makes no difference to what is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import cycle

import numpy as np
import pytest

from mixer.clock.clock import Clock
from mixer.dsp.effects.state import EffectKind
from mixer.dsp.units import BLOCK
from mixer.engine import commands as c
from mixer.engine.claims import are_done, claim, finish, no_claims, offer
from mixer.engine.engine import Engine
from mixer.engine.render import render_sessions
from tests.mixer.rig import Audio, MemoryTrack, MemoryTracks, music
from tests.support.waiting import wait_until

CAPACITY = 6
TRACKS = MemoryTracks(a=MemoryTrack("a", music(4.0, 124.0, 1)), b=MemoryTrack("b", music(4.0, 131.0, 2)))


def render_divided(engine: Engine, cuts: list[int]) -> None:
    """One block, by two threads in turns: each goes on until the next of `cuts`. Neither leaves the other anything."""
    engine._offer()
    number, *buses = engine._offered
    for work, until_place in zip(cycle(engine._works), [*cuts, engine.capacity], strict=False):
        work.view(np.uint8)[:] = 0xFF
        sessions = engine._states[:until_place]
        render_sessions(engine._claims, number, sessions, work, engine._tables, engine._memory, *buses)
    assert are_done(engine._claims, engine.capacity)


def any_command(dice: np.random.Generator) -> c.Command:
    deck, knob = int(dice.integers(2)), float(dice.uniform(-1.0, 1.0))
    choices: list[c.Command] = [
        c.SetFader(deck, abs(knob)),
        c.SetEqualiser(deck, int(dice.integers(3)), knob),
        c.SetFilter(deck, knob),
        c.SetPitch(deck, knob),
        c.SetKeyLock(deck, knob > 0.0),
        c.Seek(deck, 3.0 * 48_000 * abs(knob)),
        c.BeatLoop(deck, 0.5),
        c.SetReverse(deck, knob > 0.5),
        c.SetSync(deck, knob > 0.0),
        c.SetEffect((0, 1, 4)[int(dice.integers(3))], EffectKind(int(dice.integers(7))), mix=abs(knob)),
        c.SetMicrophone(knob > 0.0),
        c.SetListen(deck, knob > 0.0),
        c.Play(deck, knob > -0.8),
    ]
    return choices[int(dice.integers(len(choices)))]


class Show:
    """A show that is the same for a seed, whoever renders it. `heard` is all buses of all sessions after each block."""

    def __init__(self, seed: int, block: int = BLOCK) -> None:
        self._dice = np.random.default_rng(seed)
        self.engine = Engine(CAPACITY, TRACKS, block=block)
        self.heard: list[Audio] = []
        places = self._dice.permutation(CAPACITY)[: self._dice.integers(1, CAPACITY + 1)]
        for place in places.tolist():
            self.engine.open(place=place)
            for deck, track in enumerate("ab"):
                self.engine.apply(place, c.Load(deck, track, bpm=124.0 + 7 * deck))
                self.engine.apply(place, c.Play(deck, True))

    def go_on(self, render: Callable[[Engine], None] = Engine.render) -> None:
        """Something happens in every session, and a block is rendered."""
        engine = self.engine
        for place in engine.places:
            engine.apply(place, any_command(self._dice))
            engine.microphone[place] = 0.1 * self._dice.standard_normal((engine.block, 2))
        render(engine)
        self.heard.append(np.stack([engine.programme, engine.cue, engine.record]))

    def is_as_if_nobody_helped(self, seed: int) -> bool:
        alone = Show(seed, self.engine.block)
        for _ in self.heard:
            alone.go_on()
        return np.array_equal(self.heard, alone.heard) and np.abs(self.heard).max() > 0.1


@pytest.mark.parametrize("seed", range(6))
def test_a_helper_that_takes_sessions_at_any_moment_is_not_heard(seed: int) -> None:
    dice = np.random.default_rng(100 + seed)

    def helped(engine: Engine) -> None:
        cuts = np.sort(dice.integers(0, CAPACITY + 1, int(dice.integers(0, 4))))
        render_divided(engine, cuts.tolist())

    show = Show(seed)
    for _ in range(60):
        show.go_on(helped)
    assert show.is_as_if_nobody_helped(seed)


def test_the_standby_of_a_clock_helps_and_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixer.clock.clock.HELP_S", 0.0)
    monkeypatch.setattr("mixer.clock.clock.LOOK_S", 0.0001)
    monkeypatch.setattr("mixer.clock.clock.processors_apart", lambda: ({0}, {1}))
    monkeypatch.setattr("os.sched_setaffinity", lambda pid, processors: None)
    helped = 0
    show = Show(3, block=2_400)

    def help_out() -> bool:
        nonlocal helped
        any_was_left = show.engine.help()
        helped += any_was_left
        return any_was_left

    Clock(show.go_on, help_out, block=2_400).run_with_standby(lambda: helped >= 5, helps=True)
    assert show.is_as_if_nobody_helped(3)


def test_the_helper_leaves_the_others_scratch_alone() -> None:
    engine = Engine(2, TRACKS)
    place = engine.open()
    engine.apply(place, c.Load(0, "a"))
    engine.apply(place, c.Play(0, True))
    theirs, ours = (work.view(np.uint8) for work in engine._works)
    theirs[:] = ours[:] = 0xFF
    engine._offer()
    assert engine.help()
    assert (theirs == 0xFF).all()
    assert not (ours == 0xFF).all()


def test_who_comes_when_nothing_is_left_does_nothing() -> None:
    engine = Engine(2, TRACKS)
    assert not engine.help()
    engine.render()
    assert not engine.help()
    place = engine.open()
    engine.apply(place, c.Load(0, "a"))
    engine.apply(place, c.Play(0, True))
    engine.render()
    heard, frame = engine.programme.copy(), engine.frame(place)
    assert not engine.help()
    assert engine.frame(place) == frame
    assert np.array_equal(engine.programme, heard)


def test_a_block_is_not_over_before_a_session_that_the_helper_took() -> None:
    engine = Engine(2, TRACKS)
    for _ in range(engine.capacity):
        other = engine.open()
    engine._offer()
    number, *_ = engine._offered
    assert claim(engine._claims, number, engine.capacity) == 0
    rendering = threading.Thread(target=engine._finish_block, daemon=True)
    rendering.start()
    wait_until(lambda: engine.frame(other) == engine.block)
    assert not are_done(engine._claims, engine.capacity)
    assert rendering.is_alive()
    finish(engine._claims)
    rendering.join(60.0)
    assert not rendering.is_alive()


def test_a_claim_is_of_its_own_block_only() -> None:
    claims = no_claims()
    assert claim(claims, 0, 3) == -1
    offer(claims, 1)
    assert [claim(claims, number, 3) for number in (0, 1, 2, 1)] == [-1, 0, -1, 1]
    offer(claims, 2)
    assert [claim(claims, number, 3) for number in (1, 2, 2, 1, 2, 2)] == [-1, 0, 1, -1, 2, -1]


def test_no_session_is_claimed_twice() -> None:
    claims, sessions, rounds = no_claims(), 256, 50
    taken: list[list[int]] = [[], []]
    ready = threading.Barrier(2)

    def take(mine: list[int]) -> None:
        for number in range(rounds):
            if mine is taken[0]:
                offer(claims, number)
            ready.wait(60.0)
            while (index := claim(claims, number, sessions)) >= 0:
                mine.append(number * sessions + index)
            ready.wait(60.0)

    threads = [threading.Thread(target=take, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken[0] + taken[1]) == list(range(rounds * sessions))
