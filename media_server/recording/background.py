"""Where work that takes milliseconds is done, so that the loop that forwards packets is not held up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Protocol, TypeVar

T = TypeVar("T")


class Background(Protocol):
    """Runs `work` somewhere and later hands its result to `done`, where the caller runs."""

    def __call__(self, work: Callable[[], T], done: Callable[[T], None]) -> None: ...


class ThreadBackground:
    """Runs work in the threads of `executor` and posts results to `loop`.

    Callers have one piece of work under way each, so the executor's queue is bounded by their number. What `work`
    raises is our bug: it goes to the loop's exception handler.
    """

    def __init__(self, executor: Executor, loop: asyncio.AbstractEventLoop) -> None:
        self._executor = executor
        self._loop = loop

    def __call__(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Raises RuntimeError after the executor was shut down."""
        future = self._executor.submit(work)
        future.add_done_callback(lambda finished: self._post(finished, done))

    def _post(self, finished: Future[T], done: Callable[[T], None]) -> None:
        if not finished.cancelled() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: done(finished.result()))
