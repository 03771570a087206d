"""A second thread that renders some of the sessions: it makes no difference to what is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import cycle

import numpy as np
import pytest

from mixer.dsp.effects.state import EffectKind
from mixer.engine import commands as c
from mixer.engine.claims import are_done, claim, finish, no_claims, offer
from mixer.engine.engine import Engine
from mixer.engine.render import render_sessions
from tests.mixer.rig import Audio, MemoryTrack, MemoryTracks, music
from tests.support.waiting import wait_until

CAPACITY = 6
TRACKS = MemoryTracks(a=MemoryTrack("a", music(4.0, 124.0, 1)), b=MemoryTrack("b", music(4.0, 131.0, 2)))
Render = Callable[[Engine], None]


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


def show(seed: int, render: Render, blocks: int = 60, block: int = 240) -> list[Audio]:
    """All buses of all sessions after each block of a show that is the same for a seed, whoever renders it."""
    dice = np.random.default_rng(seed)
    engine = Engine(CAPACITY, TRACKS, block=block)
    for place in dice.permutation(CAPACITY)[: dice.integers(1, CAPACITY + 1)].tolist():
        engine.open(place=place)
        for deck, track in enumerate("ab"):
            engine.apply(place, c.Load(deck, track, bpm=124.0 + 7 * deck))
            engine.apply(place, c.Play(deck, True))
    heard = []
    for _ in range(blocks):
        for place in engine.places:
            engine.apply(place, any_command(dice))
            engine.microphone[place] = 0.1 * dice.standard_normal((block, 2))
        render(engine)
        heard.append(np.stack([engine.programme, engine.cue, engine.record]))
    return heard


@pytest.mark.parametrize("seed", range(6))
def test_a_helper_that_takes_sessions_at_any_moment_is_not_heard(seed: int) -> None:
    dice = np.random.default_rng(100 + seed)

    def helped(engine: Engine) -> None:
        cuts = np.sort(dice.integers(0, CAPACITY + 1, int(dice.integers(0, 4))))
        render_divided(engine, cuts.tolist())

    alone, together = show(seed, Engine.render), show(seed, helped)
    assert np.array_equal(alone, together)
    assert np.abs(alone).max() > 0.1


def test_a_thread_that_helps_now_and_then_is_not_heard() -> None:
    blocks, block, over = 40, 2_400, threading.Event()
    helped, dice = 0, np.random.default_rng(1)
    engines: list[Engine] = []

    def help_now_and_then() -> None:
        nonlocal helped
        while not over.wait(dice.uniform(0.0, 0.002)):
            # Whichever is rendered at the moment, or none yet.
            helped += sum(engine.help() for engine in engines)

    def render(engine: Engine) -> None:
        engines[:] = [engine]
        engine.render()

    alone = show(0, Engine.render, blocks, block)
    helper = threading.Thread(target=help_now_and_then)
    helper.start()
    try:
        # Until it was there in time, which it may not be on a machine that has other things to do.
        while not helped:
            assert np.array_equal(alone, show(0, render, blocks, block))
    finally:
        over.set()
        helper.join()


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
