"""When the hot cues of a loaded track have been changed, told once they have been left alone for a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SETTLED_AFTER_S: Final = 1.0

Cues = tuple[float | None, ...]


def whole(cues: Cues | list[float | None]) -> Cues:
    """Eight places of whole frames, as the engine has them."""
    padded = [*cues, *[None] * 8][:8]
    return tuple(None if cue is None or cue < 0.0 else float(round(cue)) for cue in padded)


@dataclass(slots=True)
class _Watched:
    load: int
    known: Cues
    seen: Cues
    seen_at: float


class HotCueChanges:
    """Fed the cues of each deck; remembers what is known of them elsewhere."""

    def __init__(self) -> None:
        self._decks: dict[int, _Watched] = {}

    def step(self, deck: int, load: int, cues: Cues, known: Cues, *, now: float) -> Cues | None:
        """The cues of `deck` when they are to be told. `known` are those that `load` came with."""
        watched = self._decks.get(deck)
        if watched is None or watched.load != load:
            watched = self._decks[deck] = _Watched(load, known, known, now)
        if cues != watched.seen:
            watched.seen, watched.seen_at = cues, now
        if watched.seen == watched.known or now - watched.seen_at < SETTLED_AFTER_S:
            return None
        watched.known = watched.seen
        return watched.seen

    def forget(self, deck: int) -> None:
        """What is known of its cues has changed elsewhere, or nothing is on it."""
        self._decks.pop(deck, None)
