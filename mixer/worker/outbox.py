"""What the mixer says, while Valkey is there and while it is not."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import structlog

from mixer.worker.events_file import EventsFile

MAX_WORDS: Final = 2000
MAX_EVENTS: Final = 5000

_log = structlog.get_logger(__name__)


class Outbox:
    """Two queues. Words are for whoever listens now: the oldest are dropped when MAX_WORDS wait.

    Events are to be kept: they wait in order, also on disk at `path`, until they are written, and only past MAX_EVENTS
    is the oldest lost. One that was written when the worker died is written again: by its id it is known.
    """

    def __init__(self, path: Path) -> None:
        self.has_words = asyncio.Event()
        self.has_events = asyncio.Event()
        self._words: deque[tuple[str, str]] = deque(maxlen=MAX_WORDS)
        self._file = EventsFile(path)
        self._events: deque[str] = deque()
        self.lost_events = 0
        for event in self._file.read():
            self._keep(event)

    def say(self, stream_id: str, word: dict[str, Any]) -> None:
        """Tell the booth of a mix."""
        self._words.append((f"mix:out:{stream_id}", json.dumps(word, separators=(",", ":"))))
        self.has_words.set()

    def record(self, event: dict[str, Any]) -> None:
        """Something that control_api is to keep. Its id tells it from another just like it."""
        text = json.dumps({"id": uuid4().hex, **event})
        self._keep(text)
        self._file.add(text, waiting=self._events)

    def _keep(self, event: str) -> None:
        if len(self._events) >= MAX_EVENTS:
            self._events.popleft()
            self.lost_events += 1
            _log.error("an event is lost, none could be written for too long", lost=self.lost_events)
        self._events.append(event)
        self.has_events.set()

    def take_words(self) -> list[tuple[str, str]]:
        """All that wait, as (channel, text); they are not offered again."""
        words = list(self._words)
        self._words.clear()
        self.has_words.clear()
        return words

    def next_events(self, count: int) -> list[str]:
        """The oldest events; they stay until `written`."""
        return [self._events[index] for index in range(min(count, len(self._events)))]

    def written(self, events: list[str]) -> None:
        """These, the oldest, are kept now. What was lost meanwhile is not counted twice."""
        for event in events:
            if self._events and self._events[0] is event:
                self._events.popleft()
        if not self._events:
            self.has_events.clear()
            self._file.keep_only(())
