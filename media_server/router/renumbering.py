"""Numbers without gaps for what is left when packets are taken out of a stream."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

MAX_RUNS: Final = 8_192
"""Runs of dropped packets remembered: more than the frames of any group of pictures that is kept. The oldest half goes
when there are more."""


class Renumbering:
    """Maps numbers of a source to those of what is kept of it, and back.

    Numbers are given in order from `start` on. One that was skipped counts as kept, since nobody knows yet what it is;
    what comes late keeps the number that was left free for it.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self.next = start
        # From source number _sources[n] on, the kept number is _shifts[n] less, and _pictures[n] pictures were dropped.
        self._sources = [start]
        self._kept = [start]
        self._shifts = [0]
        self._pictures = [0]
        # Dropped numbers are [_drops[n], _sources[n]); empty for the first run.
        self._drops = [start]

    def keep(self, number: int) -> None:
        """`number`, at or above `next`, is kept, and so is what lies between."""
        self.next = number + 1

    def drop(self, number: int, *, is_new_picture: bool) -> None:
        """`number`, at or above `next`, is left out. `is_new_picture`: it is the first that is of its picture."""
        if self._sources[-1] == number and self._drops[-1] < number:
            # It follows the last one that was dropped.
            self._sources[-1] += 1
            self._shifts[-1] += 1
            self._pictures[-1] += is_new_picture
        else:
            self._sources.append(number + 1)
            self._kept.append(number - self._shifts[-1])
            self._shifts.append(self._shifts[-1] + 1)
            self._pictures.append(self._pictures[-1] + is_new_picture)
            self._drops.append(number)
            if len(self._sources) > MAX_RUNS:
                self._forget()
        self.next = number + 1

    def kept(self, number: int) -> int | None:
        """The new number of `number`; None for one that was dropped, or is too old to tell."""
        run = self._run(number)
        return None if run is None else number - self._shifts[run]

    def number(self, number: int) -> int:
        """The new number of `number`, or that of the first after it that was kept. Not for one that is too old."""
        run = bisect_right(self._sources, number) - 1
        if run + 1 < len(self._drops) and number >= self._drops[run + 1]:
            return self._kept[run + 1]
        return number - self._shifts[max(run, 0)]

    def pictures_dropped(self, number: int) -> int:
        """How many pictures were dropped before `number`, one that was kept."""
        return self._pictures[max(bisect_right(self._sources, number) - 1, 0)]

    def source(self, kept: int) -> int | None:
        """The number that was given `kept`; None where it is too old to tell."""
        if kept < self._kept[0]:
            return None
        return kept + self._shifts[bisect_right(self._kept, kept) - 1]

    def _run(self, number: int) -> int | None:
        run = bisect_right(self._sources, number) - 1
        if run < 0 or (run + 1 < len(self._drops) and number >= self._drops[run + 1]):
            return None
        return run

    def _forget(self) -> None:
        half = len(self._sources) // 2
        for listed in (self._sources, self._kept, self._shifts, self._pictures, self._drops):
            del listed[:half]
