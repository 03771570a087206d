"""From how the path is used to a bit rate: additive or multiplicative increase, multiplicative decrease.

After draft-ietf-rmcat-gcc-02 §5.5 ("rate control") and libwebrtc's `AimdRateControl` and `LinkCapacityEstimator`.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

from media_server.congestion.trend import OVER, UNDER

MIN_BPS: Final = 10_000.0
_BETA: Final = 0.85
_GROWTH_PER_S: Final = 1.08
_MIN_GROWTH_BPS: Final = 1_000.0
_HEADROOM: Final = 1.5
_HEADROOM_BPS: Final = 10_000.0
_MIN_ADDITIVE_BPS_PER_S: Final = 4_000.0
_CAPACITY_WEIGHT: Final = 0.05
_RESPONSE_DELAY_S: Final = 0.1
_FRAMES_PER_S: Final = 30
_PACKET_BITS: Final = 1_200 * 8
_MIN_REDUCTION_INTERVAL_S: Final = 0.01
_MAX_REDUCTION_INTERVAL_S: Final = 0.2


class LinkCapacity:
    """Where over-use was met before, in kbit/s: within three deviations of it, increase is by small steps."""

    def __init__(self) -> None:
        self.estimate_kbps: float | None = None
        self._deviation = 0.4

    def met(self, bitrate_bps: float) -> None:
        """The path was full at this rate."""
        weight = _CAPACITY_WEIGHT
        sample = bitrate_bps / 1000
        estimate = self.estimate_kbps
        estimate = sample if estimate is None else (1 - weight) * estimate + weight * sample
        error = estimate - sample
        deviation = (1 - weight) * self._deviation + weight * error * error / max(estimate, 1.0)
        # About 5 to 13 % of a capacity of 1 Mbit/s.
        self._deviation = min(max(deviation, 0.4), 2.5)
        self.estimate_kbps = estimate

    def forget(self) -> None:
        """The path is another than it was."""
        self.estimate_kbps = None

    def has_grown(self, bitrate_bps: float) -> bool:
        """Whether this rate is above what was believed possible."""
        return self.estimate_kbps is not None and bitrate_bps / 1000 > self.estimate_kbps + self._spread()

    def has_shrunk(self, bitrate_bps: float) -> bool:
        """Whether this rate, at which the path was full, is below what was believed possible."""
        return self.estimate_kbps is not None and bitrate_bps / 1000 < self.estimate_kbps - self._spread()

    def _spread(self) -> float:
        return 3 * sqrt(self._deviation * (self.estimate_kbps or 0.0))


class RateControl:
    """`bitrate_bps` follows what `update` is told; None until something is known."""

    def __init__(self) -> None:
        self.bitrate_bps: float | None = None
        self.reduced_at = float("-inf")
        """When over-use last made it less."""
        self.rtt_s = 0.2
        """Before it is known."""
        self._capacity = LinkCapacity()
        self._is_held = False
        self._changed_at = 0.0

    def set(self, bitrate_bps: float, *, now: float) -> None:
        """What is known from elsewhere: a probe, or the first rate acknowledged."""
        self.bitrate_bps = max(bitrate_bps, MIN_BPS)
        self._changed_at = now

    def update(self, usage: int, acknowledged_bps: float | None, *, now: float) -> None:
        """Take one step. `usage` is one of those in `trend`; `acknowledged_bps` is None until it is known."""
        if usage == OVER:
            self._reduce(acknowledged_bps, now)
        elif usage == UNDER:
            # §5.5: queues drain; the rate at which they do is no measure of the path.
            self._is_held = True
        elif self._is_held:
            self._is_held = False
            self._changed_at = now
        else:
            self._increase(acknowledged_bps, now)

    def _increase(self, acknowledged_bps: float | None, now: float) -> None:
        bitrate, elapsed_s = self.bitrate_bps, min(now - self._changed_at, 1.0)
        if bitrate is None or acknowledged_bps is None:
            return
        if self._capacity.has_grown(acknowledged_bps):
            self._capacity.forget()
        self._changed_at = now
        limit = _HEADROOM * acknowledged_bps + _HEADROOM_BPS
        if bitrate >= limit:
            # Less is sent than could be: what the path carries beyond it was not tried, by media at least.
            return
        if self._capacity.estimate_kbps is not None:
            increased = bitrate + self._additive_bps_per_s(bitrate) * elapsed_s
        else:
            increased = bitrate + max(bitrate * (_GROWTH_PER_S**elapsed_s - 1), _MIN_GROWTH_BPS)
        self.bitrate_bps = min(increased, limit)

    def _additive_bps_per_s(self, bitrate_bps: float) -> float:
        """§5.5: half a packet or so each response time, where the path was found full before."""
        frame_bits = bitrate_bps / _FRAMES_PER_S
        packet_bits = frame_bits / ceil(frame_bits / _PACKET_BITS)
        return max(_MIN_ADDITIVE_BPS_PER_S, packet_bits / (self.rtt_s + _RESPONSE_DELAY_S))

    def _reduce(self, acknowledged_bps: float | None, now: float) -> None:
        bitrate = self.bitrate_bps
        if bitrate is None or not self._may_reduce(bitrate, acknowledged_bps, now):
            return
        self.reduced_at = now
        if acknowledged_bps is None:
            self.set(bitrate / 2, now=now)
            return
        reduced = acknowledged_bps * _BETA
        if reduced > bitrate and self._capacity.estimate_kbps is not None:
            reduced = self._capacity.estimate_kbps * 1000 * _BETA
        if self._capacity.has_shrunk(acknowledged_bps):
            self._capacity.forget()
        self._capacity.met(acknowledged_bps)
        self.set(min(reduced, bitrate), now=now)
        self._is_held = True

    def _may_reduce(self, bitrate_bps: float, acknowledged_bps: float | None, now: float) -> bool:
        interval_s = min(max(self.rtt_s, _MIN_REDUCTION_INTERVAL_S), _MAX_REDUCTION_INTERVAL_S)
        is_far_above = acknowledged_bps is not None and acknowledged_bps < bitrate_bps / 2
        return is_far_above or now - self._changed_at >= interval_s
