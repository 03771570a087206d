"""The time stamps of a replayed group of pictures: from the present on, faster, until they have caught up with time."""

from __future__ import annotations

from media_server.rtp.sequence import timestamp_delta


class SqueezedTimeline:
    """Maps RTP time stamps of a group, from `first` to `newest`, which is the present, and of what follows it.

    They begin at the present and run `speed` times slower than they did, until true time has come up; from there on
    they are what they are. Order is kept whatever is asked. All time stamps have 32 bits and may wrap.
    """

    def __init__(self, first: int, newest: int, *, speed: float) -> None:
        self._first = first
        self._age = timestamp_delta(newest, first)
        self._speed = speed

    def at(self, timestamp: int) -> int:
        """The squeezed time stamp of `timestamp`."""
        return (self._first + max(*self._both(timestamp))) & 0xFFFFFFFF

    def wait(self, timestamp: int) -> int:
        """In clock units, how long after the group began to be replayed `timestamp` is due; 0 where it is true."""
        true, squeezed = self._both(timestamp)
        return squeezed - self._age if squeezed > true else 0

    def is_true(self, timestamp: int) -> bool:
        """Whether `timestamp`, and so what is newer, is what it is."""
        true, squeezed = self._both(timestamp)
        return true >= squeezed

    def _both(self, timestamp: int) -> tuple[int, int]:
        true = timestamp_delta(timestamp, self._first)
        return true, self._age + int(true // self._speed)
