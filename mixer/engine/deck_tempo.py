"""Tempo commands of a deck: pitch, bend, beat grid and sync."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.layout import NO_DECK
from mixer.engine.transport import beat_frames, phase_error

PITCH_RANGES = (0.06, 0.08, 0.10, 0.16, 0.50)
_MAX_BEND = 0.5


def align(session: Any, index: int) -> None:
    """Put a synced, playing deck on the leader's beat, by at most half of one."""
    deck, leader = session["decks"][index], session["leader"]
    if not deck["synced"] or leader in (NO_DECK, index):
        return
    ahead = session["decks"][leader]
    deck["sync_offset"] = 0.0
    if deck["playing"] and ahead["playing"] and deck["bpm"] > 0.0 and ahead["bpm"] > 0.0:
        deck["position"] += phase_error(deck, ahead) * beat_frames(deck)


@singledispatch
def apply(command: c.Command, session: Any, index: int) -> bool:
    """Apply a tempo command to deck `index`; False for other commands. Raises InvalidCommand."""
    return False


@apply.register
def _(command: c.SetPitch, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    deck["pitch"] = min(max(command.position, -1.0), 1.0) * deck["pitch_range"]
    return True


@apply.register
def _(command: c.SetPitchRange, session: Any, index: int) -> bool:
    if command.range not in PITCH_RANGES:
        raise InvalidCommand(f"the pitch range is one of {PITCH_RANGES}")
    deck = session["decks"][index]
    # The fader stays where it is and the tempo too, until it is moved.
    deck["pitch_range"] = command.range
    return True


@apply.register
def _(command: c.Bend, session: Any, index: int) -> bool:
    session["decks"][index]["bend"] = min(max(command.amount, -_MAX_BEND), _MAX_BEND)
    return True


@apply.register
def _(command: c.SetBeatGrid, session: Any, index: int) -> bool:
    if not 20.0 <= command.bpm <= 400.0:
        raise InvalidCommand("a tempo is 20 to 400 BPM")
    deck = session["decks"][index]
    deck["bpm"], deck["grid"] = command.bpm, command.grid_frame
    return True


@apply.register
def _(command: c.SetSync, session: Any, index: int) -> bool:
    deck = session["decks"][index]
    if command.on and session["leader"] == NO_DECK:
        others = [other for other in range(session["deck_count"]) if other != index]
        candidates = [other for other in others if session["decks"][other]["bpm"] > 0.0]
        playing = [other for other in candidates if session["decks"][other]["playing"]]
        session["leader"] = next(iter([*playing, *candidates]), NO_DECK)
    if not command.on and deck["synced"] and session["leader"] not in (NO_DECK, index):
        # The tempo that sync gave stays when sync goes.
        deck["pitch"] = deck["rate"]["target"] - 1.0 - deck["bend"]
    deck["synced"] = command.on
    align(session, index)
    return True


def keep_leader_valid(session: Any) -> None:
    """A deck without a beat grid leads nobody."""
    leader = session["leader"]
    if leader != NO_DECK and beat_frames(session["decks"][leader]) <= 0.0:
        session["leader"] = NO_DECK
