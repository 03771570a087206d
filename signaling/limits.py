"""How much one client may ask of signaling."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignalingLimits:
    """Bounds for one node; a client above them is told so, one that goes on is cut off."""

    message_bytes: int = 16 * 1024
    connections_per_address: int = 64
    events_per_s: float = 10.0
    event_burst: int = 30
    rooms_per_connection: int = 32
    handshake_s: float = 10.0
    body_s: float = 10.0
    queued_packets: int = 256
    state_read_s: float = 3.0
    lobby_interval_s: float = 1.0


class TokenBucket:
    """Allows `rate_per_s` on average and `burst` at once; `now` is any clock in seconds that never goes back."""

    __slots__ = ("_burst", "_filled_at", "_rate_per_s", "_tokens")

    def __init__(self, rate_per_s: float, burst: int, *, now: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._filled_at = now

    @property
    def debt(self) -> float:
        """How many takes were refused beyond what has been refilled since."""
        return max(0.0, -self._tokens)

    def take(self, *, now: float) -> bool:
        """Whether one more is within the limit. A refused take counts too, so that insisting does not pay."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate_per_s)
        self._filled_at = now
        self._tokens = max(self._tokens - 1.0, -2 * self._burst)
        return self._tokens >= 0.0
