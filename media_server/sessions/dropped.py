"""Those who were told to go and whose tokens would still let them back in."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

TOKEN_LIFE_S: Final = 6 * 3600.0
"""The longest a watch or monitor token lives (ARCHITECTURE.md, "Media tokens")."""
MAX_DROPPED: Final = 10_000
"""In one room. Beyond it the one dropped first is forgotten, and may return until its token expires."""


class Dropped:
    """Remembers who was dropped for as long as a token of theirs may be good.

    A token that was issued later is good all the same: a member of a mix may be invited again. All times are on one
    clock.
    """

    def __init__(self) -> None:
        self._dropped_at: OrderedDict[str, float] = OrderedDict()

    def add(self, subject: str, *, now: float) -> None:
        """`subject` was dropped."""
        self._dropped_at[subject] = now
        self._dropped_at.move_to_end(subject)
        if len(self._dropped_at) > MAX_DROPPED:
            self._dropped_at.popitem(last=False)

    def has(self, subject: str, *, issued_at: float, now: float) -> bool:
        """Whether `subject` must be refused with a token issued at `issued_at`."""
        at = self._dropped_at.get(subject)
        return at is not None and issued_at <= at and now < at + TOKEN_LIFE_S
