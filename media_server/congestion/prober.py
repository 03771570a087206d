"""When to send more than the stream needs, to find out whether the path carries the next layer, and how much."""

from __future__ import annotations

from typing import Final

SHARE_OF_MEDIA: Final = 1 / 3
"""Of what is sent in a second, which makes a quarter of all traffic."""
LEAST_OCTETS: Final = 2_400
"""Where next to nothing is sent a probe is two packets."""
CLUSTER_S: Final = 0.04
"""Long enough for slices to be told apart, short enough that a path which is full has no long queue to drain."""
SLICE_S: Final = 0.005
PAUSES_S: Final = (1.0, 2.0)
"""Between the three clusters of a series."""
REST_S: Final = 8.0
MAX_REST_S: Final = 30.0
"""Between series that found nothing."""
_TARGET_MARGIN: Final = 1.1
_SAME_TARGET: Final = 0.25


class ProbeCluster:
    """One cluster under way: fed with the time, it says how much to send."""

    def __init__(self, *, rate_bps: float, octets: int, now: float) -> None:
        self.octets = octets
        self._rate_bps = rate_bps
        self._began_at = now
        self._sent = 0

    @property
    def is_over(self) -> bool:
        """Whether everything has left."""
        return self._sent >= self.octets

    def due(self, *, now: float) -> int:
        """Octets to send now; the first at once. Less than a packet is left for later."""
        so_far = self._rate_bps * (now - self._began_at + SLICE_S) / 8
        return max(0, round(min(so_far, self.octets)) - self._sent)

    def sent(self, octets: int) -> None:
        """So much was sent."""
        self._sent += octets


class Prober:
    """Plans clusters: three with growing pauses for one target, then a rest, longer each time it found nothing."""

    def __init__(self) -> None:
        self._target_bps: float | None = None
        self._clusters = 0
        self._rest_s = REST_S
        self._began_at = self._next_at = 0.0

    def plan(self, target_bps: float | None, *, media_bps: float, now: float) -> ProbeCluster | None:
        """A cluster to send now, or None. `target_bps` is for all that is sent; `media_bps` of it is there anyway."""
        if target_bps is None:
            self._target_bps = None
            return None
        known = self._target_bps
        if known is None or abs(target_bps - known) > _SAME_TARGET * known:
            self._target_bps, self._clusters = target_bps, 0
            if known is not None:
                self._rest_s = REST_S
                self._next_at = min(self._next_at, self._began_at + PAUSES_S[0])
        if now < self._next_at:
            return None
        self._began_at, self._next_at = now, now + self._pause_s()
        extra_bps = max(_TARGET_MARGIN * target_bps - media_bps, _SAME_TARGET * target_bps)
        budget = max(media_bps * SHARE_OF_MEDIA / 8, LEAST_OCTETS)
        octets = max(extra_bps * CLUSTER_S / 8, LEAST_OCTETS)
        return ProbeCluster(rate_bps=extra_bps, octets=round(min(octets, budget)), now=now)

    def _pause_s(self) -> float:
        self._clusters += 1
        if self._clusters <= len(PAUSES_S):
            return PAUSES_S[self._clusters - 1]
        pause_s, self._clusters = self._rest_s, 0
        self._rest_s = min(2 * self._rest_s, MAX_REST_S)
        return pause_s
