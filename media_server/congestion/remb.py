"""A receiver's own estimate (draft-alvestrand-rmcat-remb-03), and whether it is one of the path."""

from __future__ import annotations

from typing import Final

MAX_BPS: Final = 200_000_000
"""Above what any stream has; what a receiver says beyond it is not believed."""
SILENCE_S: Final = 5.0
"""An estimate is of the past after this."""
_FALLING: Final = 0.95
_GROWING: Final = 1.03
_STANDSTILL_S: Final = 3.0


class ReceiverEstimate:
    """Receivers raise what they say slowly behind what arrives, to half as much again: that much is no limit.

    It is one when it falls, and when it stands still for some seconds.
    """

    def __init__(self) -> None:
        self._bitrate_bps = 0
        self._heard_at = float("-inf")
        self._peak_bps = 0.0
        self._grew_at = float("-inf")

    def receive(self, bitrate_bps: int, *, now: float) -> None:
        """A REMB came."""
        bitrate_bps = min(bitrate_bps, MAX_BPS)
        is_first = self.bitrate_bps(now=now) is None
        if bitrate_bps < _FALLING * self._bitrate_bps and not is_first:
            self._peak_bps, self._grew_at = bitrate_bps, float("-inf")
        elif is_first or bitrate_bps > _GROWING * self._peak_bps:
            self._peak_bps, self._grew_at = bitrate_bps, now
        self._bitrate_bps, self._heard_at = bitrate_bps, now

    def bitrate_bps(self, *, now: float) -> int | None:
        """What it said last; None when that is long ago."""
        return self._bitrate_bps if now - self._heard_at < SILENCE_S else None

    def is_limit(self, *, now: float) -> bool:
        """Whether the path carries no more, as far as the receiver can tell."""
        return self.bitrate_bps(now=now) is not None and now - self._grew_at > _STANDSTILL_S
