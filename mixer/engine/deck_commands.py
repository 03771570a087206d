"""What can be asked of one deck. Values are absolute, so that a repeated or late command does no harm.

`at_beat`, where there is one, is a beat of the deck `clock` (the leader when None): the action is heard on that beat.
"""

from __future__ import annotations

from dataclasses import dataclass

from mixer.dsp.gains import Side
from mixer.engine.command import DeckCommand


@dataclass(frozen=True, slots=True)
class Load(DeckCommand):
    """Put a track on a deck, stopped at its cue point. `track` None ejects. `grid_frame` is its first downbeat."""

    track: str | None
    bpm: float = 0.0
    grid_frame: float = 0.0
    cue_frame: float = 0.0


@dataclass(frozen=True, slots=True)
class ExtendTrack(DeckCommand):
    """More of the loaded track has been decoded: `frames` are valid, and it will have `length`."""

    frames: int
    length: int


@dataclass(frozen=True, slots=True)
class SetBeatGrid(DeckCommand):
    bpm: float
    grid_frame: float


@dataclass(frozen=True, slots=True)
class Play(DeckCommand):
    playing: bool
    at_beat: float | None = None
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class PressCue(DeckCommand):
    """CUP: back to the cue and stop; stopped there, preview while held; stopped elsewhere, put the cue here."""


@dataclass(frozen=True, slots=True)
class ReleaseCue(DeckCommand):
    pass


@dataclass(frozen=True, slots=True)
class Seek(DeckCommand):
    frame: float
    at_beat: float | None = None
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class SetHotCue(DeckCommand):
    """Put hot cue `number`, 0 to 7, at `frame`, or where the playhead is."""

    number: int
    frame: float | None = None


@dataclass(frozen=True, slots=True)
class ClearHotCue(DeckCommand):
    number: int


@dataclass(frozen=True, slots=True)
class JumpToHotCue(DeckCommand):
    """Play from a hot cue."""

    number: int
    at_beat: float | None = None
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class BeatJump(DeckCommand):
    beats: float


@dataclass(frozen=True, slots=True)
class SetSlip(DeckCommand):
    on: bool


@dataclass(frozen=True, slots=True)
class SetQuantize(DeckCommand):
    on: bool


@dataclass(frozen=True, slots=True)
class SetReverse(DeckCommand):
    on: bool


@dataclass(frozen=True, slots=True)
class SetPitch(DeckCommand):
    """The pitch fader, −1 to +1 of its range."""

    position: float


@dataclass(frozen=True, slots=True)
class SetPitchRange(DeckCommand):
    """What the end of the pitch fader means: 0.06, 0.08, 0.10, 0.16 or 0.50."""

    range: float


@dataclass(frozen=True, slots=True)
class Bend(DeckCommand):
    """Nudge: faster (0.04 is 4%) or slower while held; 0 lets go."""

    amount: float


@dataclass(frozen=True, slots=True)
class Brake(DeckCommand):
    """Switch the platter's motor off: it comes to rest within `seconds`, 0.1 to 10, and the deck stops."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpinUp(DeckCommand):
    """Play from rest, at full speed after `seconds`, 0.1 to 10."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SetSync(DeckCommand):
    on: bool


@dataclass(frozen=True, slots=True)
class LoopIn(DeckCommand):
    pass


@dataclass(frozen=True, slots=True)
class LoopOut(DeckCommand):
    pass


@dataclass(frozen=True, slots=True)
class BeatLoop(DeckCommand):
    """Loop `beats`, 1/32 to 64, from the playhead (from its beat when quantised)."""

    beats: float


@dataclass(frozen=True, slots=True)
class LoopRoll(DeckCommand):
    """A beat loop under which the track runs on: None lets go, and it is heard where it would have been."""

    beats: float | None


@dataclass(frozen=True, slots=True)
class SetLooping(DeckCommand):
    """Leave the loop, or enter it again (reloop)."""

    on: bool


@dataclass(frozen=True, slots=True)
class ScaleLoop(DeckCommand):
    """Halve (0.5) or double (2) the loop from its start."""

    factor: float


@dataclass(frozen=True, slots=True)
class MoveLoop(DeckCommand):
    beats: float


@dataclass(frozen=True, slots=True)
class SetKeyLock(DeckCommand):
    on: bool


@dataclass(frozen=True, slots=True)
class SetKeyShift(DeckCommand):
    """Transpose by −12 to +12 semitones."""

    semitones: float


@dataclass(frozen=True, slots=True)
class SetTrim(DeckCommand):
    """−24 to +12 dB; also what automatic gain sets."""

    db: float


@dataclass(frozen=True, slots=True)
class SetEqualiser(DeckCommand):
    """Knobs of `band` 0 low, 1 mid, 2 high: −1 (kill) over 0 (flat) to +1 (+12 dB)."""

    band: int
    position: float


@dataclass(frozen=True, slots=True)
class SetFilter(DeckCommand):
    """−1 (low-pass) over 0 (off) to +1 (high-pass)."""

    position: float


@dataclass(frozen=True, slots=True)
class SetFader(DeckCommand):
    position: float


@dataclass(frozen=True, slots=True)
class SetSide(DeckCommand):
    side: Side


@dataclass(frozen=True, slots=True)
class SetListen(DeckCommand):
    """PFL: hear the deck in the headphones before its fader."""

    on: bool
