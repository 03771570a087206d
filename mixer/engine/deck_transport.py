"""Transport commands of a deck: play, cue, hot cues, jumps, slip and the platter."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

from mixer.dsp.glide import settle
from mixer.dsp.units import QUANTUM, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.deck_tempo import align
from mixer.engine.layout import HOT_CUES, PENDING_JUMP, PENDING_NONE, UNSET
from mixer.engine.transport import beat_frames

_FASTEST_SPIN_S, _SLOWEST_SPIN_S = 0.1, 10.0
# A stopped deck stands on its cue point when it is nearer than this.
_ON_CUE = 1.0


def snap(deck: Any, frame: float) -> float:
    """The beat nearest to `frame`, or `frame` itself without quantize or beat grid; a whole frame in the track."""
    period = beat_frames(deck)
    if deck["quantize"] and period > 0.0:
        frame = deck["grid"] + round((frame - deck["grid"]) / period) * period
    return float(round(min(max(frame, 0.0), deck["length"])))


def jump(deck: Any, frame: float) -> None:
    """Move the playhead; a playing, quantised deck keeps its place in the beat, so it stays on the dance floor's."""
    period = beat_frames(deck)
    if deck["quantize"] and deck["playing"] and period > 0.0:
        shift = (deck["position"] - frame) / period
        frame += (shift - math.floor(shift + 0.5)) * period
        if frame < 0.0:
            frame += math.ceil(-frame / period) * period
    deck["position"] = min(max(frame, 0.0), float(deck["length"]))
    deck["ended"] = 0


def _schedule(session: Any, deck: Any, frame: float, at_beat: float, clock: int | None) -> None:
    """Jump to `frame`, playing, when the deck `clock` is on a beat; at once when that deck has no beat."""
    reference = session["leader"] if clock is None else clock
    if not 0 <= reference < session["deck_count"]:
        raise InvalidCommand("there is no deck to count beats on")
    if not session["decks"][reference]["playing"] or session["decks"][reference]["bpm"] <= 0.0:
        raise InvalidCommand("the deck to count beats on is not playing, or has no beat grid")
    deck["pending"] = PENDING_JUMP
    deck["pending_deck"] = reference
    deck["pending_beat"] = at_beat
    deck["pending_position"] = min(max(frame, 0.0), float(deck["length"]))


def _start(session: Any, index: int) -> None:
    """Play from here; a synced deck starts in phase with its leader."""
    deck = session["decks"][index]
    deck["ended"] = 0
    deck["platter"], deck["platter_step"] = 1.0, 0.0
    settle(deck["rate"], float(deck["rate"]["target"]))
    deck["playing"] = 1
    align(session, index)


def _stop(deck: Any) -> None:
    deck["playing"] = 0
    deck["previewing"] = 0
    deck["pending"] = PENDING_NONE


@singledispatch
def apply(command: c.Command, session: Any, index: int) -> bool:
    """Apply a transport command to deck `index`; False for other commands. Raises InvalidCommand."""
    return False


@apply.register
def _(command: c.Play, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if not command.playing:
        _stop(deck)
    elif command.at_beat is not None and not deck["playing"]:
        _schedule(session, deck, float(deck["position"]), command.at_beat, command.clock)
    elif not deck["playing"]:
        _start(session, index)
    else:
        deck["previewing"] = 0
        if deck["platter_step"] < 0.0:
            # Switched on again while it slowed down.
            deck["platter_step"] = _platter_step(_FASTEST_SPIN_S)
    return True


def _platter_step(seconds: float) -> float:
    """By how much a platter's speed changes in a quantum when it takes `seconds` between rest and full speed."""
    return QUANTUM / SAMPLE_RATE / min(max(seconds, _FASTEST_SPIN_S), _SLOWEST_SPIN_S)


@apply.register
def _(command: c.Brake, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if deck["playing"]:
        deck["platter_step"] = -_platter_step(command.seconds)
    return True


@apply.register
def _(command: c.SpinUp, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if not deck["playing"]:
        _start(session, index)
        deck["platter"] = 0.0
        settle(deck["rate"], 0.0)
    deck["platter_step"] = _platter_step(command.seconds)
    return True


@apply.register
def _(command: c.PressCue, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if deck["playing"]:
        _stop(deck)
        deck["position"] = deck["cue"]
    elif abs(deck["position"] - deck["cue"]) <= _ON_CUE:
        deck["position"] = deck["cue"]
        deck["previewing"] = 1
        _start(session, index)
    else:
        deck["cue"] = snap(deck, float(deck["position"]))
        deck["position"] = deck["cue"]
    return True


@apply.register
def _(command: c.ReleaseCue, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if deck["previewing"]:
        _stop(deck)
        deck["position"] = deck["cue"]
    return True


def _go(session: Any, index: int, frame: float, at_beat: float | None, clock: int | None) -> None:
    deck = session["decks"][index]
    if at_beat is not None:
        _schedule(session, deck, frame, at_beat, clock)
    else:
        deck["pending"] = PENDING_NONE
        jump(deck, frame)


@apply.register
def _(command: c.Seek, session: Any, index: int) -> bool:
    _go(session, index, command.frame, command.at_beat, command.clock)
    return True


def _hot_cue(number: int) -> int:
    if not 0 <= number < HOT_CUES:
        raise InvalidCommand(f"there is no hot cue {number}")
    return number


@apply.register
def _(command: c.SetHotCue, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    frame = float(deck["position"]) if command.frame is None else command.frame
    deck["hot_cues"][_hot_cue(command.number)] = snap(deck, frame)
    return True


@apply.register
def _(command: c.ClearHotCue, session: Any, index: int) -> bool:
    session["decks"][index]["hot_cues"][_hot_cue(command.number)] = UNSET
    return True


@apply.register
def _(command: c.JumpToHotCue, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    frame = float(deck["hot_cues"][_hot_cue(command.number)])
    if frame == UNSET:
        raise InvalidCommand(f"hot cue {command.number} is not set")
    _go(session, index, frame, command.at_beat, command.clock)
    if command.at_beat is None and not deck["playing"]:
        _start(session, index)
    return True


@apply.register
def _(command: c.BeatJump, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if beat_frames(deck) <= 0.0:
        raise InvalidCommand("the track has no beat grid")
    frame = deck["position"] + command.beats * beat_frames(deck)
    deck["position"] = min(max(frame, 0.0), float(deck["length"]))
    deck["ended"] = 0
    if deck["looping"] and not deck["loop_in"] <= deck["position"] < deck["loop_out"]:
        deck["looping"] = 0
    return True


@apply.register
def _(command: c.SetSlip, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if command.on and not deck["slip"]:
        deck["slip_position"] = deck["position"]
    elif not command.on and deck["slip"]:
        deck["position"] = deck["slip_position"]
        deck["looping"] = 0
    deck["slip"] = command.on
    return True


@apply.register
def _(command: c.SetQuantize, session: Any, index: int) -> bool:
    session["decks"][index]["quantize"] = command.on
    return True


@apply.register
def _(command: c.SetReverse, session: Any, index: int) -> bool:
    session["decks"][index]["reverse"] = command.on
    return True
