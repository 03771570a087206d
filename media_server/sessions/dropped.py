"""Viewers who were told to go and whose tokens would still let them back in."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

WATCH_TOKEN_LIFE_S: Final = 6 * 3600.0
"""The longest a watch token lives (ARCHITECTURE.md, "Media tokens")."""
MAX_DROPPED: Final = 10_000
"""In one room. Beyond it the one dropped first is forgotten, and may return until its token expires."""


class DroppedViewers:
    """Remembers who was dropped for as long as a token of theirs may be good."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, viewer_id: str, *, now: float) -> None:
        """`viewer_id` was dropped."""
        self._until[viewer_id] = now + WATCH_TOKEN_LIFE_S
        self._until.move_to_end(viewer_id)
        if len(self._until) > MAX_DROPPED:
            self._until.popitem(last=False)

    def has(self, viewer_id: str, *, now: float) -> bool:
        """Whether `viewer_id` must be refused."""
        return self._until.get(viewer_id, now) > now
