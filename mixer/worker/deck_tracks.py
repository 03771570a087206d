"""What is known of the tracks on the decks of a mix, and what is under way to them."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.worker.desired import Playable


@dataclass(frozen=True, slots=True)
class DeckProblem:
    """Why a track is not on its deck, or not whole: a stable code and a sentence."""

    code: str
    message: str


@dataclass(slots=True)
class DeckTrack:
    """`track` is what the deck was given last; `entry` the queue's name for it, `by_auto` whether Auto-DJ chose it,
    `was_played` whether it has been said of this load that it was.

    `asked` counts what was asked for, so that a load that is overtaken knows it; `load` is the one that is on the deck.
    """

    track: Playable | None = None
    entry: str | None = None
    by_auto: bool = False
    was_played: bool = False
    loading: bool = False
    problem: DeckProblem | None = None
    asked: int = 0
    load: int = 0
