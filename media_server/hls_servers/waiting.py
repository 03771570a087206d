"""Requests that wait for a part (RFC 8216bis §6.2.5.2, §6.2.6), without a task for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from media_server.egress.hls.listing import Listing

MAX_WAITING: Final = 10_000
"""Requests waiting on one stream here, as in a worker's own HTTP server: beyond it they are refused."""

Resume = Callable[[bool], None]
"""Called once, with whether what was waited for came."""


class TooManyWaiting(Exception):
    """The stream has as many waiting requests as it may."""


@dataclass(slots=True, eq=False)
class Wait:
    """One request that waits until `deadline`."""

    stream_id: str
    listing: Listing[Any]
    part: tuple[int, int | None]
    deadline: float
    resume: Resume


class Waiting:
    """All of a process. Sans-IO: told what changed and what time it is."""

    def __init__(self) -> None:
        self._waits: dict[Listing[Any], dict[tuple[int, int | None], dict[Wait, None]]] = {}
        self._counts: dict[str, int] = {}

    def count(self, stream_id: str) -> int:
        """How many wait on a stream."""
        return self._counts.get(stream_id, 0)

    def add(self, wait: Wait) -> Wait:
        """Wait for a part that is not there. Raises TooManyWaiting."""
        if self.count(wait.stream_id) >= MAX_WAITING:
            raise TooManyWaiting
        self._waits.setdefault(wait.listing, {}).setdefault(wait.part, {})[wait] = None
        self._counts[wait.stream_id] = self.count(wait.stream_id) + 1
        return wait

    def cancel(self, wait: Wait) -> None:
        """Nobody wants that any more; nothing happens for one that is over."""
        parts = self._waits.get(wait.listing, {})
        waits = parts.get(wait.part)
        if waits is None or wait not in waits:
            return
        del waits[wait]
        if not waits:
            del parts[wait.part]
        if not parts:
            del self._waits[wait.listing]
        self._uncount(wait.stream_id)

    def wake(self, listing: Listing[Any]) -> None:
        """It has more to list, or has ended."""
        parts = self._waits.get(listing)
        if parts is None:
            return
        ready = [part for part in parts if listing.ended or listing.contains(*part)]
        for part in ready:
            self._resume(list(parts.get(part, ())), came=True)

    def forget(self, stream_id: str) -> None:
        """The stream is forgotten: nothing comes any more."""
        self._resume([wait for wait in self._all() if wait.stream_id == stream_id], came=False)

    def expire(self, *, now: float) -> None:
        """To be called about each second."""
        self._resume([wait for wait in self._all() if wait.deadline <= now], came=False)

    def _resume(self, waits: list[Wait], *, came: bool) -> None:
        for wait in waits:
            self.cancel(wait)
            wait.resume(came)

    def _all(self) -> list[Wait]:
        return [wait for parts in self._waits.values() for waits in parts.values() for wait in waits]

    def _uncount(self, stream_id: str) -> None:
        left = self._counts[stream_id] - 1
        if left:
            self._counts[stream_id] = left
        else:
            del self._counts[stream_id]
