"""What Auto-DJ looks at: the playheads and the knobs it will move."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.dsp.gains import Curve, Side, fader_gain, side_gain
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.desk_state import DeckMoment, DeckSettings, DeskState, Moment


@dataclass(frozen=True, slots=True)
class DeckView:
    """`rate` is never negative; `low` is the bass knob, −1 to +1; `pitch` is a part of the tempo, not of its range."""

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

    def seconds_until(self, frame: float) -> float:
        """When the playhead is at `frame`, at the speed it has."""
        return (frame - self.position) / (max(self.rate, 0.1) * SAMPLE_RATE)


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

    @property
    def heard(self) -> int | None:
        """The playing deck that is loudest; of equally loud ones that with most of its track before it."""
        playing = [index for index, deck in enumerate(self.decks) if deck.playing]
        if not playing:
            return None
        return max(playing, key=lambda index: (self.gain(index), self.decks[index].length - self.decks[index].position))

    @property
    def free_deck(self) -> int | None:
        """A deck that does not play; an empty one first."""
        idle = [index for index, deck in enumerate(self.decks) if not deck.playing]
        return min(idle, key=lambda index: (self.decks[index].has_track, index)) if idle else None


def view_of(desk: DeskState, moment: Moment) -> DeskView:
    """The view of a session at one moment."""
    return DeskView(
        decks=tuple(_deck(settings, moves) for settings, moves in zip(desk.decks, moment.decks, strict=True)),
        crossfader=desk.crossfader,
        curve=desk.curve,
        hamster=desk.hamster,
    )


def _deck(deck: DeckSettings, moves: DeckMoment) -> DeckView:
    return DeckView(
        has_track=deck.track is not None,
        playing=deck.playing,
        looping=deck.looping,
        reverse=deck.reverse,
        position=moves.position_frames,
        length=float(deck.length_frames),
        bpm=deck.bpm,
        grid_frame=deck.grid_frame,
        rate=abs(moves.rate),
        fader=deck.fader,
        side=deck.side,
        low=deck.equaliser[0],
        pitch=deck.pitch * deck.pitch_range,
        pitch_range=deck.pitch_range,
    )
