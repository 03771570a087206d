"""Commands of the desk: channel strips, crossfader, effects, headphones, microphone and recording."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve, Side, equaliser_gain, fader_gain, side_gain
from mixer.dsp.isolator import BANDS
from mixer.dsp.units import gain_of_db
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.layout import EFFECT_SLOTS, NO_DECK

_LONGEST_PERIOD, _SHORTEST_PERIOD = 64.0, 1.0 / 32.0


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def set_channel_gains(session: Any) -> None:
    """What every channel fader and the crossfader come to together."""
    position, curve = float(session["crossfader"]), Curve(int(session["curve"]))
    for deck in session["decks"]:
        side = side_gain(Side(int(deck["side"])), position, curve, hamster=bool(session["hamster"]))
        deck["gain"]["target"] = fader_gain(float(deck["fader"])) * side


@singledispatch
def apply(command: c.Command, session: Any) -> bool:
    """Apply a desk command; False for other commands. Raises InvalidCommand."""
    return False


@apply.register
def _(command: c.SetKeyLock, session: Any) -> bool:
    session["decks"][command.deck]["key_lock"] = command.on
    return True


@apply.register
def _(command: c.SetKeyShift, session: Any) -> bool:
    session["decks"][command.deck]["key_shift"] = _within(command.semitones, -12.0, 12.0)
    return True


@apply.register
def _(command: c.SetTrim, session: Any) -> bool:
    session["decks"][command.deck]["trim"]["target"] = gain_of_db(_within(command.db, -24.0, 12.0))
    return True


@apply.register
def _(command: c.SetEqualiser, session: Any) -> bool:
    if not 0 <= command.band < BANDS:
        raise InvalidCommand(f"there is no band {command.band}")
    session["decks"][command.deck]["isolator"]["gain"][command.band]["target"] = equaliser_gain(command.position)
    return True


@apply.register
def _(command: c.SetFilter, session: Any) -> bool:
    session["decks"][command.deck]["sweep"]["knob"] = _within(command.position, -1.0, 1.0)
    return True


@apply.register
def _(command: c.SetFader, session: Any) -> bool:
    session["decks"][command.deck]["fader"] = _within(command.position, 0.0, 1.0)
    set_channel_gains(session)
    return True


@apply.register
def _(command: c.SetSide, session: Any) -> bool:
    session["decks"][command.deck]["side"] = command.side
    set_channel_gains(session)
    return True


@apply.register
def _(command: c.SetListen, session: Any) -> bool:
    session["decks"][command.deck]["listen"]["target"] = float(command.on)
    return True


@apply.register
def _(command: c.SetEffect, session: Any) -> bool:
    if not 0 <= command.slot < EFFECT_SLOTS:
        raise InvalidCommand(f"there is no effect slot {command.slot}")
    effect = session["effects"][command.slot]
    effect["wanted_kind"] = EffectKind(command.kind)
    effect["wanted_mix"] = _within(command.mix, 0.0, 1.0)
    effect["amount"]["target"] = _within(command.amount, 0.0, 1.0)
    effect["beats"] = _within(command.beats, _SHORTEST_PERIOD, _LONGEST_PERIOD)
    return True


@apply.register
def _(command: c.MoveCrossfader, session: Any) -> bool:
    session["crossfader"] = _within(command.position, -1.0, 1.0)
    set_channel_gains(session)
    return True


@apply.register
def _(command: c.SetCrossfaderCurve, session: Any) -> bool:
    session["curve"], session["hamster"] = Curve(command.curve), command.hamster
    set_channel_gains(session)
    return True


@apply.register
def _(command: c.SetMaster, session: Any) -> bool:
    session["master"]["target"] = gain_of_db(_within(command.db, -60.0, 12.0))
    return True


@apply.register
def _(command: c.SetLeader, session: Any) -> bool:
    if command.deck is not None and not 0 <= command.deck < session["deck_count"]:
        raise InvalidCommand(f"there is no deck {command.deck}")
    session["leader"] = NO_DECK if command.deck is None else command.deck
    return True


@apply.register
def _(command: c.SetHeadphones, session: Any) -> bool:
    session["cue_blend"]["target"] = _within(command.blend, 0.0, 1.0)
    session["cue_split"]["target"] = float(command.split)
    session["cue_gain"]["target"] = gain_of_db(_within(command.db, -60.0, 12.0))
    return True


@apply.register
def _(command: c.SetMicrophone, session: Any) -> bool:
    session["microphone_db"] = _within(command.db, -60.0, 24.0)
    session["microphone"]["target"] = gain_of_db(float(session["microphone_db"])) if command.on else 0.0
    return True


@apply.register
def _(command: c.SetTalkover, session: Any) -> bool:
    session["ducking"]["depth"] = gain_of_db(_within(command.depth_db, -60.0, 0.0))
    session["ducking"]["threshold"] = gain_of_db(_within(command.threshold_db, -80.0, 0.0))
    return True


@apply.register
def _(command: c.SetRecording, session: Any) -> bool:
    session["record"]["target"] = float(command.on)
    session["record_voice"]["target"] = float(command.with_microphone)
    return True
