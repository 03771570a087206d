"""Who is watching a room: people, not connections, whichever way the picture reaches them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

HLS_ABSENT_AFTER_S: Final = 12.0
"""An LL-HLS player asks several times a second, a plain one once a segment: two target durations say it is gone."""
_MAX_HLS_VIEWERS: Final = 100_000


class HlsPresence:
    """Remembers when each HLS viewer last asked for something."""

    def __init__(self) -> None:
        self._last_seen: OrderedDict[str, float] = OrderedDict()

    def seen(self, viewer_id: str, *, now: float) -> bool:
        """`viewer_id` asked for a playlist or a part. Whether it is new here."""
        is_new = viewer_id not in self._last_seen
        self._last_seen[viewer_id] = now
        self._last_seen.move_to_end(viewer_id)
        if len(self._last_seen) > _MAX_HLS_VIEWERS:
            self._last_seen.popitem(last=False)
        return is_new

    def forget(self, viewer_id: str) -> None:
        """`viewer_id` said that it left."""
        self._last_seen.pop(viewer_id, None)

    def present(self, *, now: float) -> set[str]:
        """The viewers who asked lately."""
        while self._last_seen:
            viewer_id, at = next(iter(self._last_seen.items()))
            if now - at <= HLS_ABSENT_AFTER_S:
                break
            del self._last_seen[viewer_id]
        return set(self._last_seen)
