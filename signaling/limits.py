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
    # A hand on several faders is a batch for each frame of the screen, beside the other events of a connection.
    mix_sends_per_s: float = 90.0
    mix_send_burst: int = 180
    mix_commands_per_s: float = 1_000.0
    mix_command_burst: int = 2_000
    devices_per_connection: int = 4
    member_check_s: float = 15.0


class TokenBucket:
    """Allows `rate_per_s` on average and `burst` at once; `now` is any clock in seconds that never goes back."""

    __slots__ = ("_filled_at", "_rate_per_s", "_tokens", "burst")

    def __init__(self, rate_per_s: float, burst: int, *, now: float) -> None:
        self._rate_per_s = rate_per_s
        self.burst = float(burst)
        self._tokens = float(burst)
        self._filled_at = now

    @property
    def debt(self) -> float:
        """How many takes were refused beyond what has been refilled since."""
        return max(0.0, -self._tokens)

    def take(self, count: int = 1, *, now: float) -> bool:
        """Whether `count` more are within the limit. A refused take counts too, so that insisting does not pay."""
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self._rate_per_s)
        self._filled_at = now
        self._tokens = max(self._tokens - count, -2 * self.burst)
        return self._tokens >= 0.0
