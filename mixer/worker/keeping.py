"""When what a mix keeps on disk has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mixer.worker.auto_pilot import KnownTracks
from mixer.worker.deck_tracks import DeckTrack
from mixer.worker.desired import Playable
from mixer.worker.keepsake import Keepsake, KeptDeck


class Keeping:
    """Says what is to be written, each time that it has changed."""

    def __init__(self) -> None:
        self._kept: object = None

    def due(
        self,
        decks: Sequence[DeckTrack],
        pads: Sequence[Playable | None],
        known: KnownTracks,
        auto_reason: Literal["asked", "nobody_here"] | None,
    ) -> str | None:
        """The text of the file; None while it says this already."""
        slots = [(slot.load, slot.was_played, id(slot.track)) for slot in decks]
        state = (auto_reason, known.version, slots, list(map(id, pads)))
        if state == self._kept:
            return None
        self._kept = state
        kept = [
            KeptDeck(track=slot.track, entry=slot.entry, by_auto=slot.by_auto, was_played=slot.was_played)
            for slot in decks
        ]
        return Keepsake(decks=kept, pads=list(pads), known=list(known), auto_reason=auto_reason).model_dump_json()
