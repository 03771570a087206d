"""What Auto-DJ looks at: the playheads and the knobs it will move, read from a session's record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mixer.dsp.gains import Curve, Side, fader_gain, side_gain
from mixer.dsp.units import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class DeckView:
    """`rate` is what the deck is going to run at; `low` is the bass knob, −1 to +1, `pitch` a part of the tempo."""

    has_track: bool
    playing: bool
    looping: bool
    reverse: bool
    position: float
    length: float
    bpm: float
    grid_frame: float
    rate: float
    fader: float
    side: Side
    low: float
    pitch: float
    pitch_range: float

    @property
    def beat(self) -> float:
        """The playhead in beats of its own grid; only where there is one."""
        return (self.position - self.grid_frame) * self.bpm / (60.0 * SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class DeskView:
    decks: tuple[DeckView, ...]
    crossfader: float
    curve: Curve
    hamster: bool

    def side_gain(self, deck: int, *, crossfader: float | None = None) -> float:
        """How far the crossfader lets a deck through, 0 to 1, as it stands or as it would at `crossfader`."""
        at = self.crossfader if crossfader is None else crossfader
        return side_gain(self.decks[deck].side, at, self.curve, hamster=self.hamster)

    def gain(self, deck: int) -> float:
        """Fader and crossfader together, 0 to 1."""
        return fader_gain(self.decks[deck].fader) * self.side_gain(deck)


def equaliser_position(gain: float) -> float:
    """The knob that gives a band's linear gain: the inverse of `equaliser_gain`."""
    return math.log10(gain) / 0.6 if gain >= 1.0 else math.sqrt(max(gain, 0.0)) - 1.0


def view_of(record: Any) -> DeskView:
    """The view of a session's record, or of a copy of it."""
    return DeskView(
        decks=tuple(_deck(record["decks"][index]) for index in range(int(record["deck_count"]))),
        crossfader=float(record["crossfader"]),
        curve=Curve(int(record["curve"])),
        hamster=bool(record["hamster"]),
    )


def _deck(deck: Any) -> DeckView:
    return DeckView(
        has_track=int(deck["length"]) > 0,
        playing=bool(deck["playing"]),
        looping=bool(deck["looping"]),
        reverse=bool(deck["reverse"]),
        position=float(deck["position"]),
        length=float(deck["length"]),
        bpm=float(deck["bpm"]),
        grid_frame=float(deck["grid"]),
        rate=float(deck["rate"]["target"]),
        fader=float(deck["fader"]),
        side=Side(int(deck["side"])),
        low=equaliser_position(float(deck["isolator"]["gain"][0]["target"])),
        pitch=float(deck["pitch"]),
        pitch_range=float(deck["pitch_range"]),
    )
