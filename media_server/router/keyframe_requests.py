"""Merges and throttles key frame requests towards one source (RFC 4585 §6.3.1, RFC 5104 §4.3.1)."""

from __future__ import annotations

from typing import Final

RETRY_AFTER_S: Final = (0.5, 1.0, 1.0)
"""Waits between requests while no key frame comes; the last repeats."""
QUIET_AFTER_KEYFRAME_S: Final = 0.5
"""A key frame just seen serves whoever asks now; another so soon would only cost bitrate."""
MAX_UNANSWERED: Final = 10
"""A source that never answers (a file, RTMP behind a muxer) is left alone until somebody asks again."""


class KeyframeRequests:
    """However many viewers ask, the source is asked once, and again only when it did not answer."""

    def __init__(self) -> None:
        self._wanted = False
        self._sent = 0
        self._next_at = 0.0
        self._quiet_until = float("-inf")

    def request(self, *, now: float) -> bool:
        """Somebody needs a key frame. False if none is asked for now, since one was just seen."""
        if now < self._quiet_until:
            return False
        if not self._wanted:
            self._wanted = True
            self._sent = 0
        return True

    def keyframe_seen(self, *, now: float) -> None:
        """The source sent a key frame: everyone who asked has it."""
        self._quiet_until = now + QUIET_AFTER_KEYFRAME_S
        self._wanted = False

    def source_replaced(self) -> None:
        """Another source: the key frames of the one before help nobody who asks from now on."""
        self._quiet_until = float("-inf")

    def due(self, *, now: float) -> bool:
        """Whether to send one request now; counts it as sent."""
        if not self._wanted or now < self._next_at:
            return False
        self._next_at = now + RETRY_AFTER_S[min(self._sent, len(RETRY_AFTER_S) - 1)]
        self._sent += 1
        if self._sent >= MAX_UNANSWERED:
            self._wanted = False
        return True
