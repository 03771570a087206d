"""Whether a peer is still there, and still wants what it is sent (RFC 7675)."""

from __future__ import annotations

from typing import Final

DEAD_AFTER_S: Final = 8.0
"""Silence of every kind. Browsers check consent every 4 to 6 s (RFC 7675 §5.1), and report on media each second."""
CONSENT_LASTS_S: Final = 30.0
"""RFC 7675 §5.1: whatever else is heard, without a check for so long nothing may be sent any more."""


class Consent:
    """Fed with what is heard of one connected peer.

    Peers that we send media to have to renew their consent. One that only sends to us may be of the kind that checks
    once and never again, as FFmpeg's WHIP muxer does; it is held to it from its first renewal on.
    """

    def __init__(self, *, is_required: bool, now: float) -> None:
        self.last_heard = now
        self._last_check = now
        self._is_required = is_required
        self._is_connected = False

    def connected(self, *, now: float) -> None:
        """Keys are agreed: checks from now on are renewals."""
        self._is_connected = True
        self.last_heard = self._last_check = now

    def heard(self, *, now: float) -> None:
        """Something that only the peer can have sent."""
        self.last_heard = now

    def checked(self, *, now: float) -> None:
        """A valid connectivity check, which is consent."""
        self.last_heard = self._last_check = now
        self._is_required = self._is_required or self._is_connected

    def is_over(self, *, now: float) -> bool:
        """Whether a connected peer is gone, or wants nothing any more."""
        if not self._is_connected:
            return False
        is_silent = now - self.last_heard > DEAD_AFTER_S
        return is_silent or (self._is_required and now - self._last_check > CONSENT_LASTS_S)
