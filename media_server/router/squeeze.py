"""The time stamps of a replayed group of pictures, pressed together so that they end at the present."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from media_server.rtp.sequence import timestamp_delta


class SqueezedTimeline:
    """Maps RTP time stamps of one group to ones `step` clock units apart; the newest stays what it is.

    Order is kept whatever is asked: a frame that was missing when the group was replayed falls between its neighbours,
    and what is newer than the group, or older, keeps its own time. All time stamps have 32 bits and may wrap.
    """

    def __init__(self, timestamps: Iterable[int], *, step: int) -> None:
        unique = list(dict.fromkeys(timestamps))
        self._zero = unique[0]
        self._true = sorted(timestamp_delta(timestamp, self._zero) for timestamp in unique)
        newest, count = self._true[-1], len(self._true)
        self._pressed = [newest - (count - 1 - position) * step for position in range(count)]

    def at(self, timestamp: int) -> int:
        """The squeezed time stamp of `timestamp`."""
        delta = timestamp_delta(timestamp, self._zero)
        position = bisect_left(self._true, delta)
        if position == len(self._true) or (position == 0 and delta != self._true[0]):
            return timestamp
        pressed = self._pressed[position]
        if delta != self._true[position]:
            before, after = self._true[position - 1], self._true[position]
            start = self._pressed[position - 1]
            pressed = start + (delta - before) * (pressed - start) // (after - before)
        return (self._zero + pressed) & 0xFFFFFFFF
