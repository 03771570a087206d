"""Loop commands of a deck."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.deck_transport import snap
from mixer.engine.layout import UNSET
from mixer.engine.transport import beat_frames

SHORTEST_BEATS, LONGEST_BEATS = 1.0 / 32.0, 64.0
# Shorter than this a loop is a tone, and a splice would not fit.
SHORTEST_FRAMES = 240.0

_ROLLING, _ROLLING_IN_SLIP = 1, 2


def _beat(deck: Any) -> float:
    period = float(beat_frames(deck))
    if period <= 0.0:
        raise InvalidCommand("the track has no beat grid")
    return period


def _checked(beats: float) -> float:
    if not SHORTEST_BEATS <= beats <= LONGEST_BEATS:
        raise InvalidCommand("a beat loop is 1/32 to 64 beats long")
    return beats


def _wrap(deck: Any) -> None:
    """Bring a playhead behind the loop's end back into it, at the same place in the beat."""
    length = deck["loop_out"] - deck["loop_in"]
    if deck["looping"] and deck["position"] >= deck["loop_out"]:
        deck["position"] = deck["loop_in"] + math.fmod(deck["position"] - deck["loop_in"], length)


def _beat_loop(deck: Any, beats: float) -> None:
    """Loop from here; quantised, from the division of the beat just passed, at most one beat long."""
    period, beats = _beat(deck), _checked(beats)
    start = float(deck["position"])
    if deck["quantize"]:
        step = min(beats, 1.0) * period
        start = deck["grid"] + math.floor((start - deck["grid"]) / step + 1e-6) * step
    deck["loop_in"] = max(start, 0.0)
    deck["loop_out"] = deck["loop_in"] + max(beats * period, SHORTEST_FRAMES)
    deck["looping"] = 1


@singledispatch
def apply(command: c.Command, session: Any, index: int) -> bool:
    """Apply a loop command to deck `index`; False for other commands. Raises InvalidCommand."""
    return False


@apply.register
def _(command: c.LoopIn, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    deck["loop_in"] = snap(deck, float(deck["position"]))
    deck["loop_out"] = UNSET
    deck["looping"] = 0
    return True


@apply.register
def _(command: c.LoopOut, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if deck["loop_in"] == UNSET:
        raise InvalidCommand("the loop has no start")
    out = snap(deck, float(deck["position"]))
    if out - deck["loop_in"] < SHORTEST_FRAMES:
        raise InvalidCommand("the loop would be too short")
    deck["loop_out"] = out
    deck["looping"] = 1
    _wrap(deck)
    return True


@apply.register
def _(command: c.BeatLoop, session: Any, index: int) -> bool:
    _beat_loop(session["decks"][index], command.beats)
    return True


@apply.register
def _(command: c.LoopRoll, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if command.beats is not None:
        here = float(deck["position"])
        _beat_loop(deck, command.beats)
        if not deck["rolling"]:
            deck["rolling"] = _ROLLING_IN_SLIP if deck["slip"] else _ROLLING
        if not deck["slip"]:
            deck["slip"] = 1
            deck["slip_position"] = here
    elif deck["rolling"]:
        deck["looping"] = 0
        deck["position"] = deck["slip_position"]
        deck["slip"] = deck["rolling"] == _ROLLING_IN_SLIP
        deck["rolling"] = 0
    return True


@apply.register
def _(command: c.SetLooping, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if not command.on:
        deck["looping"] = 0
        return True
    if deck["loop_in"] == UNSET or deck["loop_out"] == UNSET:
        raise InvalidCommand("there is no loop to enter")
    deck["looping"] = 1
    if not deck["loop_in"] <= deck["position"] < deck["loop_out"]:
        deck["position"] = deck["loop_in"]
    return True


@apply.register
def _(command: c.ScaleLoop, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if command.factor not in (0.5, 2.0):
        raise InvalidCommand("a loop is halved (0.5) or doubled (2)")
    if deck["loop_out"] == UNSET:
        raise InvalidCommand("there is no loop")
    length = (deck["loop_out"] - deck["loop_in"]) * command.factor
    period = _beat(deck)
    # A hair of room, because a loop of exactly 1/32 beat may come out a rounding below it.
    if not 0.999 * SHORTEST_BEATS * period <= length <= 1.001 * LONGEST_BEATS * period or length < SHORTEST_FRAMES:
        raise InvalidCommand("a beat loop is 1/32 to 64 beats long")
    deck["loop_out"] = deck["loop_in"] + length
    _wrap(deck)
    return True


@apply.register
def _(command: c.MoveLoop, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if deck["loop_out"] == UNSET:
        raise InvalidCommand("there is no loop")
    shift = command.beats * _beat(deck)
    if deck["loop_in"] + shift < 0.0 or deck["loop_out"] + shift > deck["length"]:
        raise InvalidCommand("the loop would leave the track")
    if deck["looping"] and deck["loop_in"] <= deck["position"] < deck["loop_out"]:
        deck["position"] += shift
    deck["loop_in"] += shift
    deck["loop_out"] += shift
    return True
