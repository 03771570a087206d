"""EXT-X-PROGRAM-DATE-TIME: media times as times of day."""

from __future__ import annotations

from collections import deque
from typing import Final

from media_server.hub.rtp_clock import RtpClock

_TOLERANCE_S: Final = 0.05
"""A source whose clock drifts this far from ours is anchored anew; less is not worth a step."""
_KEPT: Final = 16


class WallClock:
    """Of one epoch. Frames arrive late, never early: the least delayed of the last seconds tell the time.

    All renditions are told the same: a new anchor holds from a cut on. `wall_offset_s` is Unix time minus `now`.
    """

    def __init__(self, rate: int, *, wall_offset_s: float) -> None:
        self._arrivals = RtpClock(rate)
        self._wall_offset_s = wall_offset_s
        self._anchors: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def observe(self, ticks: int, *, now: float) -> None:
        """A frame of the reference has arrived, `ticks` of media time in 1/rate s."""
        self._arrivals.observe(ticks, now=now)

    def anchor(self, media_s: float) -> None:
        """Segments that begin at `media_s` or later go by what is known now, where that differs."""
        offset_s = self._arrivals.arrival_offset_s + self._wall_offset_s
        if not self._anchors or abs(offset_s - self._anchors[-1][1]) > _TOLERANCE_S:
            self._anchors.append((media_s, offset_s))

    def date_time(self, media_s: float) -> float:
        """Unix time of a media time."""
        offset_s = self._anchors[0][1]
        for since_s, each in self._anchors:
            if media_s + _TOLERANCE_S < since_s:
                break
            offset_s = each
        return media_s + offset_s
