"""Reads a bus of one session out of shared memory, block by block, in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixer.host.settings import Bus
from mixer.host.shared import Shared

# A reader that is so close to being overtaken by the engine goes on at the present instead: had it kept what is left,
# the next block would be gone before it came back, and every packet from now on would begin anew.
_MARGIN_TICKS = 8


class BusReader:
    """Gives each block once; `gaps` counts how often some were missing, because the engine or the reader was late."""

    def __init__(self, shared: Shared, place: int, generation: int, bus: Bus) -> None:
        self._shared, self._place, self._generation, self._bus = shared, place, generation, bus
        self._next = shared.newest + 1
        self._frame: int | None = None
        self.gaps = 0

    def has_more(self) -> bool:
        """Whether a block may be there."""
        return self._next <= self._shared.newest

    def read(self) -> tuple[int, int, NDArray[np.float32]] | None:
        """(tick, first frame, samples of shape (block, 2)) of the next block; None when there is none yet."""
        shared = self._shared
        while (newest := shared.newest) >= self._next:
            if newest - self._next > shared.ticks - _MARGIN_TICKS:
                self._next = newest
            tick, self._next = self._next, self._next + 1
            slot = tick % shared.ticks
            if shared.slot_ticks[slot] != tick:
                continue
            frame = int(shared.slot_frames[slot, self._place])
            generation = int(shared.slot_generations[slot, self._place])
            pcm = shared.buses[self._bus, slot, self._place].copy()
            if shared.slot_ticks[slot] != tick or generation != self._generation:
                continue
            if self._frame is not None and frame != self._frame:
                self.gaps += 1
            self._frame = frame + len(pcm)
            return tick, frame, pcm
        return None
