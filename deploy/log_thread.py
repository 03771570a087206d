"""Log lines are rendered and written by a thread, so that a slow reader of stdout never holds up an event loop."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from typing import Final

CAPACITY: Final = 4096
"""Lines that wait; further ones are dropped, counted, and the count is logged when there is room again."""
_CLOSING_S: Final = 2.0

_log = logging.getLogger(__name__)


class LogThread(logging.Handler):
    """Hands records to `target` on a thread of its own, in order."""

    def __init__(self, target: logging.Handler, *, capacity: int = CAPACITY) -> None:
        super().__init__()
        self._target = target
        self._capacity = capacity
        # Never waits, also where logging interrupts itself (a signal, a finalizer); so the bound is kept here.
        self._waiting: SimpleQueue[logging.LogRecord | None] = SimpleQueue()
        self._dropped = 0
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="logs", daemon=True)
        self._thread.start()

    def handle(self, record: logging.LogRecord) -> bool:
        """Take a record, or drop it. Without the lock of `Handler.handle`, under which a writer may be waiting."""
        if self._closed or self._waiting.qsize() >= self._capacity:
            self._dropped += 1
            return False
        self._waiting.put(record)
        return True

    def close(self) -> None:
        """Write what waits, for two seconds at most; called by `logging.shutdown` when the process ends."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            self._thread.join(_CLOSING_S)
        super().close()

    def _write(self) -> None:
        said = 0
        while (record := self._waiting.get()) is not None:
            self._target.handle(record)
            if self._dropped > said and self._waiting.qsize() < self._capacity // 2:
                dropped, said = self._dropped - said, self._dropped
                text = "log lines were dropped: they came faster than they could be written"
                self._target.handle(
                    _log.makeRecord(_log.name, logging.WARNING, "", 0, text, (), None, extra={"dropped": dropped})
                )
        self._target.flush()
