"""What the worker itself knows of a session, beside what the engine does with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mixer.engine.sequences import NewestOnly
from mixer.host.outputs import Output
from mixer.host.pending import Pending
from mixer.host.saved_mix import SavedMix
from mixer.host.speech import Speech


@dataclass(slots=True)
class Hosted:
    """`generation` is the number of the order that opened it: by it, one knows what in shared memory is its own."""

    session_id: str
    place: int
    generation: int
    deck_count: int
    newest: NewestOnly = field(default_factory=NewestOnly)
    pending: Pending = field(default_factory=Pending)
    outputs: set[Output] = field(default_factory=set)
    speech: Speech | None = None
    loads: dict[int, str] = field(default_factory=dict)
    """Tracks by the order that loads them, until they are in a copy."""

    @classmethod
    def resumed(cls, saved: SavedMix, place: int, generation: int) -> Hosted:
        """The session that was saved."""
        hosted = cls(saved.session_id, place, generation, saved.deck_count)
        for source, control, seq in saved.sequences:
            hosted.newest.note(source, control, seq)
        return hosted
