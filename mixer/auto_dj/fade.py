"""The hands of Auto-DJ: from one deck to another by their faders, with the basses exchanged half way.

The two decks are taken off the crossfader meanwhile, so that it works wherever they are assigned. At the end they are
put back, and the crossfader mirrored when the incoming deck is on its closed side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mixer.auto_dj.view import DeskView
from mixer.dsp.gains import Side, fader_gain, side_gain
from mixer.engine import commands as c

AUDIBLE = 0.05
_LOW = 0
_KILLED = -1.0
# The part of the transition over which the basses are exchanged, from its middle on.
_SWAP = 0.08


def fader_position(gain: float) -> float:
    """The inverse of `fader_gain`."""
    return math.sqrt(min(max(gain, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class _Before:
    """How a channel was set."""

    fader: float
    side: Side
    low: float


class Fade:
    """One transition between two decks. `begin`, then `move` as it goes on, then `finish`; each gives commands."""

    def __init__(self, desk: DeskView, outgoing: int, incoming: int, *, swap_bass: bool) -> None:
        self.outgoing = outgoing
        self.incoming = incoming
        self._swap_bass = swap_bass
        self._desk = desk
        self._before = {deck: self._settings(desk, deck) for deck in (outgoing, incoming)}
        gain = desk.gain(outgoing)
        # Somebody may have left with the sound closed: it is opened.
        self._gain = gain if gain >= AUDIBLE else 1.0
        self._from = gain

    @staticmethod
    def _settings(desk: DeskView, deck: int) -> _Before:
        view = desk.decks[deck]
        return _Before(view.fader, view.side, view.low)

    def begin(self) -> list[c.Command]:
        """Take both decks off the crossfader, unheard, and close the incoming one."""
        commands: list[c.Command] = [
            c.SetFader(self.incoming, 0.0),
            c.SetSide(self.incoming, Side.THRU),
            c.SetFader(self.outgoing, fader_position(self._from)),
            c.SetSide(self.outgoing, Side.THRU),
        ]
        if self._swap_bass:
            commands.append(c.SetEqualiser(self.incoming, _LOW, _KILLED))
        return commands

    def move(self, progress: float) -> list[c.Command]:
        """The desk at `progress` of the transition, 0 to 1: equal power."""
        angle = progress * math.pi / 2.0
        falling = math.cos(angle) if progress < 1.0 else 0.0
        commands: list[c.Command] = [
            c.SetFader(self.outgoing, fader_position(self._from * falling)),
            c.SetFader(self.incoming, fader_position(self._gain * math.sin(angle))),
        ]
        if self._swap_bass:
            over = min(max((progress - 0.5) / _SWAP, 0.0), 1.0)
            out_low, in_low = self._before[self.outgoing].low, self._before[self.incoming].low
            commands += [
                c.SetEqualiser(self.outgoing, _LOW, out_low + (_KILLED - out_low) * over),
                c.SetEqualiser(self.incoming, _LOW, _KILLED + (in_low - _KILLED) * over),
            ]
        return commands

    def finish(self) -> list[c.Command]:
        """Stop what went out, put the desk back, and leave the incoming deck as loud as it is."""
        out, into = self._before[self.outgoing], self._before[self.incoming]
        desk, crossfader = self._desk, self._desk.crossfader
        commands: list[c.Command] = [c.Play(self.outgoing, False)]
        if desk.side_gain(self.incoming) < desk.side_gain(self.outgoing):
            crossfader = -crossfader
            commands.append(c.MoveCrossfader(crossfader))
        through = desk.side_gain(self.incoming, crossfader=crossfader)
        if through < AUDIBLE:
            # Closed on either side, as when both decks are on the one that is shut.
            crossfader = 0.0
            commands.append(c.MoveCrossfader(crossfader))
            through = desk.side_gain(self.incoming, crossfader=crossfader)
        commands += [
            c.SetSide(self.incoming, into.side),
            c.SetFader(self.incoming, fader_position(self._gain / through)),
            c.SetSide(self.outgoing, out.side),
            c.SetFader(self.outgoing, out.fader),
        ]
        if self._swap_bass:
            commands += [
                c.SetEqualiser(self.incoming, _LOW, into.low),
                c.SetEqualiser(self.outgoing, _LOW, out.low),
            ]
        return commands

    def abandon(self, now: DeskView) -> list[c.Command]:
        """Give the desk back in the middle: both decks on their sides again, as loud as they are where that can be."""
        commands: list[c.Command] = []
        for deck, before in self._before.items():
            through = side_gain(before.side, now.crossfader, now.curve, hamster=now.hamster)
            gain = fader_gain(now.decks[deck].fader)
            fader = fader_position(gain / through) if through >= AUDIBLE else now.decks[deck].fader
            commands += [c.SetSide(deck, before.side), c.SetFader(deck, fader)]
        return commands
