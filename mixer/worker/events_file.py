"""The events that wait, on disk: what a worker that dies could not write to Valkey, the next one does.

It is not flushed to the disk: it is for a worker that died, not for a host that lost its power.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

MAX_LINES: Final = 10_000
"""Past so many, the file is written anew with those events that still wait."""

_log = structlog.get_logger(__name__)


class EventsFile:
    """One JSON object a line. Without room on the disk, events wait in memory alone, which is said once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = 0
        self._has_failed = False

    def read(self) -> list[str]:
        """What a worker before this one left, oldest first. A line that is cut off or damaged is said and left out."""
        try:
            text = self._path.read_text(errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            _log.error("events_not_read", reason=error.strerror)
            return []
        lines = text.splitlines()
        events = [line for line in lines if _is_event(line)]
        if len(events) < len(lines):
            _log.error("events_unreadable", count=len(lines) - len(events))
        self.keep_only(events)
        return events

    def add(self, event: str, *, waiting: Sequence[str]) -> None:
        """Write an event down; `waiting` are all that wait, with this one."""
        if self._lines >= MAX_LINES:
            self.keep_only(waiting)
            return
        try:
            with self._path.open("ab") as file:
                file.write(event.encode() + b"\n")
        except OSError as error:
            self._failed(error)
            return
        self._lines += 1

    def keep_only(self, waiting: Sequence[str]) -> None:
        """Forget all but these."""
        new = self._path.with_suffix(".new")
        try:
            if waiting:
                new.write_text("".join(f"{event}\n" for event in waiting))
                os.replace(new, self._path)
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            self._failed(error)
            return
        self._lines = len(waiting)
        self._has_failed = False

    def _failed(self, error: OSError) -> None:
        if not self._has_failed:
            _log.error("events_not_kept_on_disk", reason=error.strerror)
        self._has_failed = True
        # Half a line may be there, and this event is missing: the next brings them all.
        self._lines = MAX_LINES


def _is_event(line: str) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return isinstance(event, dict) and isinstance(event.get("id"), str)
