"""Gives the tempo that a transition asked for up again, too slowly to be noticed."""

from __future__ import annotations

from typing import Final

from mixer.auto_dj.view import DeskView
from mixer.engine import commands as c

_EASE_S: Final = 30.0
"""About so long it takes for the most that a transition bends."""
_EASE_PER_S: Final = 0.08 / _EASE_S


class Easing:
    """Of one deck at a time: that which a transition has brought in."""

    def __init__(self) -> None:
        self._deck: int | None = None

    def begin(self, deck: int) -> None:
        """Bring this deck back to its own tempo."""
        self._deck = deck

    def end(self) -> None:
        """Leave the tempo as it is."""
        self._deck = None

    def step(self, desk: DeskView, since_s: float) -> list[c.Command]:
        """What `since_s` after the step before makes of it; ends by itself."""
        if self._deck is None:
            return []
        deck = desk.decks[self._deck]
        if not deck.playing or deck.pitch == 0.0:
            self._deck = None
            return []
        most = _EASE_PER_S * since_s
        pitch = deck.pitch - min(max(deck.pitch, -most), most)
        return [c.SetPitch(self._deck, pitch / deck.pitch_range)]
