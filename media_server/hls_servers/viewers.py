"""Who reads playlists: the worker is told of viewers now and then."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MAX_KNOWN: Final = 100_000
"""Viewers. Beyond it the one that came first is forgotten, and told of again."""
TOLD_EACH_S: Final = 4.0
"""A worker takes a viewer for gone after twelve seconds (`HLS_ABSENT_AFTER_S`)."""


class SeenViewers:
    """Collects who asked for a playlist: told at once when new, and each TOLD_EACH_S while they go on."""

    def __init__(self) -> None:
        self._told_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._fresh: list[tuple[str, str]] = []

    def see(self, stream_id: str, viewer_id: str, *, now: float) -> None:
        """A viewer of the stream asked."""
        viewer = (stream_id, viewer_id)
        if now - self._told_at.get(viewer, float("-inf")) < TOLD_EACH_S:
            return
        self._told_at[viewer] = now
        self._told_at.move_to_end(viewer)
        if len(self._told_at) > MAX_KNOWN:
            self._told_at.popitem(last=False)
        if len(self._fresh) < MAX_KNOWN:
            self._fresh.append(viewer)

    def take(self, *, now: float) -> list[tuple[str, str]]:
        """Those that the worker is to be told of now."""
        while self._told_at:
            viewer, at = next(iter(self._told_at.items()))
            if now - at < TOLD_EACH_S:
                break
            del self._told_at[viewer]
        fresh, self._fresh = self._fresh, []
        return fresh
