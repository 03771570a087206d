"""How far each device's numbered commands have come, with gaps filled by what is sent again."""

from __future__ import annotations

from typing import Final

MAX_AHEAD: Final = 1024
"""So many numbers behind a gap are remembered; then the gap is given up."""


class Receipts:
    """The numbers one device has sent. `acknowledged`: everything up to it has come, or was given up."""

    def __init__(self, first: int) -> None:
        """`first` is the lowest number of the device's first message."""
        self.acknowledged = first - 1
        self._ahead: set[int] = set()

    def has(self, seq: int) -> bool:
        """Whether `seq` has come before."""
        return seq <= self.acknowledged or seq in self._ahead

    def add(self, seq: int) -> None:
        """`seq` has been dealt with."""
        if self.has(seq):
            return
        self._ahead.add(seq)
        if len(self._ahead) > MAX_AHEAD:
            self.acknowledged = min(self._ahead)
        while self.acknowledged + 1 in self._ahead:
            self.acknowledged += 1
        self._ahead = {number for number in self._ahead if number > self.acknowledged}
