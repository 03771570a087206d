"""Which commands of a device are still news: devices number theirs, and a network may turn two round or repeat one."""

from __future__ import annotations

from collections import OrderedDict

from mixer.engine.commands import Command

MAX_SEQUENCES = 4096
"""Of how many controls, times devices, the last sequence number is remembered; the oldest are forgotten."""


class NewestOnly:
    """Remembers the newest number of each control of each device."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], int] = OrderedDict()

    def is_new(self, source: str, seq: int, command: Command) -> bool:
        """Whether `command` is the newest of its kind from a device; an overtaken one is to be dropped."""
        kind = type(command).__name__
        parts = [getattr(command, name, None) for name in ("deck", "slot", "band", "number", "pad")]
        if seq <= self._last.get((source, f"{kind}:{parts}"), -1):
            return False
        self.note(source, f"{kind}:{parts}", seq)
        return True

    def note(self, source: str, control: str, seq: int) -> None:
        """Remember a number, as `entries` gave it."""
        self._last[source, control] = seq
        self._last.move_to_end((source, control))
        if len(self._last) > MAX_SEQUENCES:
            self._last.popitem(last=False)

    def entries(self) -> list[tuple[str, str, int]]:
        """(source, control, number), the longest unused first."""
        return [(source, control, seq) for (source, control), seq in self._last.items()]
