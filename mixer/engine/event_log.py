"""What happened to a session, from which the same samples can be rendered again.

The log begins with a snapshot and is followed by commands with the frame at which they took effect. Its length is
bounded: when it is full it begins anew with a snapshot of the present.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mixer.engine.commands import Command
from mixer.engine.snapshot import Snapshot

MAX_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Event:
    """A command and the frame of the session before which it was applied."""

    frame: int
    command: Command


@dataclass(slots=True)
class EventLog:
    """Events since `start`, oldest first, at most `max_events`."""

    start: Snapshot
    start_frame: int
    max_events: int = MAX_EVENTS
    events: list[Event] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.events) >= self.max_events

    def begin_anew(self, snapshot: Snapshot, frame: int) -> None:
        """Forget what was before `snapshot`."""
        self.start, self.start_frame = snapshot, frame
        self.events = []

    def add(self, frame: int, command: Command) -> None:
        """Note a command. The log must not be full."""
        if self.is_full:
            raise OverflowError("the event log is full: begin it anew")
        self.events.append(Event(frame, command))
