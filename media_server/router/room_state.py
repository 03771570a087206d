"""When a room is live, interrupted or over: one small machine, fed with what happens to its publisher."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

SILENT_AFTER_S: Final = 3.5
"""A publisher unheard for this long counts as lost; its transport may yet come back by itself."""

EndedReason = Literal["ended", "publisher_lost"]


class RoomPhase(StrEnum):
    """`WAITING` is a room whose first publisher is still connecting."""

    WAITING = "waiting"
    LIVE = "live"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


class RoomState:
    """Waiting → live ⇄ interrupted → ended. Ended is final."""

    def __init__(self, *, grace_s: float, now: float) -> None:
        self.phase = RoomPhase.WAITING
        self.since = now
        self.generation = 0
        self.ended_reason: EndedReason | None = None
        self._grace_s = grace_s
        self._heard_at = now
        self._connected_at = now

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen here any more."""
        return self.phase is RoomPhase.ENDED

    def publisher_heard(self, *, now: float) -> None:
        """Media or a sign of life came from the publisher."""
        self._heard_at = now
        if self.phase in (RoomPhase.WAITING, RoomPhase.INTERRUPTED):
            self._enter(RoomPhase.LIVE, now)

    def publisher_lost(self, *, now: float) -> None:
        """The publisher's session ended without ending the stream."""
        if self.phase is RoomPhase.LIVE:
            self._enter(RoomPhase.INTERRUPTED, now)

    def end(self, reason: EndedReason, *, now: float) -> None:
        """The stream is over."""
        if not self.is_over:
            self.ended_reason = reason
            self._enter(RoomPhase.ENDED, now)

    def poll(self, *, now: float, is_connected: bool = False) -> None:
        """Notice silence, and the end of the grace period, which begins when nobody is connected any more."""
        if is_connected:
            self._connected_at = now
        if self.phase is RoomPhase.LIVE and now - self._heard_at > SILENT_AFTER_S:
            self._enter(RoomPhase.INTERRUPTED, now)
        elif self.phase is RoomPhase.INTERRUPTED and now - max(self.since, self._connected_at) > self._grace_s:
            self.end("publisher_lost", now=now)

    def _enter(self, phase: RoomPhase, now: float) -> None:
        self.phase = phase
        self.since = now
