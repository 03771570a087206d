"""When the desk is told: on a change, at most 20 times a second, and every two seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

LEAST_BETWEEN_S: Final = 0.05
AT_LEAST_EACH_S: Final = 2.0


class DeskNews:
    """Remembers what was told last."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        self._say = say
        self._told: dict[str, Any] = {}
        self._told_at = float("-inf")

    def offer(self, desk: dict[str, Any], *, now: float) -> None:
        """The desk as it is now."""
        since = now - self._told_at
        if since < LEAST_BETWEEN_S or (since < AT_LEAST_EACH_S and desk == self._told):
            return
        self._told, self._told_at = desk, now
        self._say({"kind": "desk", **desk})
