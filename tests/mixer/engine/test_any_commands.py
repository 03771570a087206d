"""Whatever a client sends, in whatever order: a session goes on, finite, quiet enough, and repeatable."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve, Side
from mixer.engine.commands import Command, InvalidCommand, Load, Play
from mixer.engine.engine import Engine, replay
from mixer.engine.session import UnknownTrack
from mixer.engine.wire import COMMANDS
from tests.mixer.rig import MemoryTrack, MemoryTracks, music

TRACKS = MemoryTracks(a=MemoryTrack("a", music(4.0, 120.0, 1)), b=MemoryTrack("b", music(4.0, 131.0, 2)))

VALUES: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-1, 5),
    float: st.one_of(
        st.sampled_from([0.0, 0.25, 0.5, 1.0, -1.0, 2.0, 4.0, 120.0, 0.08, 48_000.0, 96_000.5]),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    str: st.sampled_from(["a", "b", "nothing"]),
    EffectKind: st.sampled_from(EffectKind),
    Curve: st.sampled_from(Curve),
    Side: st.sampled_from(Side),
}


@st.composite
def any_command(draw: st.DrawFn) -> Command:
    kind = COMMANDS[draw(st.sampled_from(sorted(COMMANDS)))]
    values = {}
    for name, hint in get_type_hints(kind).items():
        options = [VALUES[option] if option is not type(None) else st.none() for option in get_args(hint) or (hint,)]
        values[name] = draw(st.one_of(options))
    if "deck" in values and values["deck"] is not None:
        values["deck"] = draw(st.integers(0, 1))
    return kind(**values)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(any_command(), st.integers(0, 12)), max_size=25))
def test_no_order_of_commands_breaks_a_session(script: list[tuple[Command, int]]) -> None:
    engine = Engine(1, TRACKS)
    place = engine.open()
    heard = []
    for deck, name in enumerate("ab"):
        engine.apply(place, Load(deck, name, bpm=120.0 + 11 * deck))
        engine.apply(place, Play(deck, True))
    for command, blocks in script:
        try:
            engine.apply(place, command)
        except (InvalidCommand, UnknownTrack):
            continue
        for _ in range(blocks):
            engine.render()
            heard.append(engine.programme[place].copy())
        engine.desk(place), engine.moment(place)
    assert engine.faults(place) == 0
    if heard:
        out = np.concatenate(heard)
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 1.0
        assert np.array_equal(replay(engine.log(place), TRACKS, engine.frame(place)), out)
