"""Who gave which order, for those that the engine refuses."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MAX_ORIGINS: Final = 4096
"""Of so many orders it is remembered, the newest ones: one is refused within milliseconds."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A command as its device knows it; `source` is empty for the worker itself."""

    session_id: str
    source: str
    seq: int


class Origins:
    """Those of commands by the number of their order."""

    def __init__(self) -> None:
        self._origins: OrderedDict[int, Origin] = OrderedDict()

    def note(self, number: int, origin: Origin) -> None:
        """Order `number` is of this origin."""
        self._origins[number] = origin
        if len(self._origins) > MAX_ORIGINS:
            self._origins.popitem(last=False)

    def take(self, number: int) -> Origin | None:
        """Whose it was; it is forgotten with that."""
        return self._origins.pop(number, None)
