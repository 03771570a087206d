"""What Auto-DJ plays next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mixer.auto_dj.candidate import Candidate

RETRY_S = 60.0
"""A track that could not be loaded is left alone for so long."""
MAX_REMEMBERED = 1000


class Picker:
    """Takes each entry of the queue once, then the tracks played before, the longest ago first."""

    def __init__(self) -> None:
        # The queue's entries taken already, oldest first: it takes a while until the queue is told without them.
        self._taken: dict[str, None] = {}
        self._unplayable: dict[str, float] = {}

    def peek(
        self, queue: Sequence[Candidate], played: Sequence[Candidate], playing: Collection[str], *, now: float
    ) -> Candidate | None:
        """What `take` would be given next; None when no track is known that can be played.

        `played` are the tracks of this mix, the longest ago first; `playing` the contents that are heard now.
        """
        for candidate in queue:
            if candidate.entry not in self._taken and self._may_play(candidate, now):
                return candidate
        again = [candidate for candidate in played if self._may_play(candidate, now)]
        return next((candidate for candidate in again if candidate.track not in playing), next(iter(again), None))

    def take(self, candidate: Candidate) -> None:
        """Remember that an entry of the queue was used."""
        if candidate.entry is not None:
            self._taken[candidate.entry] = None
            while len(self._taken) > MAX_REMEMBERED:
                del self._taken[next(iter(self._taken))]

    def put_aside(self, candidate: Candidate, *, now: float) -> None:
        """It could not be loaded: not again for a while."""
        self._unplayable[candidate.track] = now + RETRY_S
        while len(self._unplayable) > MAX_REMEMBERED:
            del self._unplayable[next(iter(self._unplayable))]

    def _may_play(self, candidate: Candidate, now: float) -> bool:
        return self._unplayable.get(candidate.track, now) <= now
