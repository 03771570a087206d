"""What loss says of a path (draft-ietf-rmcat-gcc-02 §6)."""

from __future__ import annotations

from typing import Final

from media_server.congestion.rate_control import MIN_BPS

LOW_LOSS: Final = 0.02
HIGH_LOSS: Final = 0.10
_GROWTH: Final = 1.05
_INTERVAL_S: Final = 1.0
_MIN_PACKETS: Final = 20


class LossEstimator:
    """A cap on the bit rate, None while loss gives no reason for one.

    §6 has an estimate that begins with what the encoder begins with. Here nothing is known until packets are lost: the
    cap begins with the rate at which more than a tenth was lost, shrinks by half the share that is lost, stays where it
    is up to a tenth, grows below a fiftieth, and is gone when it is above twice the other estimate.
    """

    def __init__(self) -> None:
        self.cap_bps: float | None = None
        self.shrunk_at = float("-inf")
        """When loss last made it less."""
        self._lost = 0.0
        self._packets = 0
        self._since: float | None = None

    def receive(self, lost: float, packets: int, *, bitrate_bps: float, now: float) -> None:
        """Of `packets` sent, `lost` did not arrive. `bitrate_bps` is what is believed without regard to loss."""
        if self._since is None:
            self._since = now
        self._lost += lost
        self._packets += packets
        if now - self._since < _INTERVAL_S or self._packets < _MIN_PACKETS:
            return
        share = min(max(self._lost / self._packets, 0.0), 1.0)
        self._lost, self._packets, self._since = 0.0, 0, now
        self._step(share, bitrate_bps, now)

    def lift(self, bitrate_bps: float) -> None:
        """A probe came through at this rate."""
        if self.cap_bps is not None:
            self.cap_bps = max(self.cap_bps, bitrate_bps)

    def _step(self, share: float, bitrate_bps: float, now: float) -> None:
        if share > HIGH_LOSS:
            cap = bitrate_bps if self.cap_bps is None else min(self.cap_bps, bitrate_bps)
            self.cap_bps, self.shrunk_at = max(cap * (1 - share / 2), MIN_BPS), now
        elif share < LOW_LOSS and self.cap_bps is not None:
            grown = self.cap_bps * _GROWTH
            self.cap_bps = grown if grown < 2 * bitrate_bps else None
