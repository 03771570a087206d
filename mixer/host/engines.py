"""The engine process that keeps the clock, and the one that waits to take its place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog

from mixer.host.journal import Journal
from mixer.host.messages import Begin, Message, Order, Refused
from mixer.host.process import EngineProcess
from mixer.host.settings import HostSettings
from mixer.host.shared import NEVER, Shared

HANGS_S: Final = 0.3
"""An engine that has not ticked for so long is killed; each that follows one soon has twice as long.

On a host that is overwhelmed every engine hangs, and starting others overwhelms it more.
"""
MOST_PATIENCE_S: Final = 5.0
STEADY_S: Final = 10.0
"""An engine that was kept for so long is followed by one of which as much is expected as of the first."""
_WATCH_S: Final = 0.05
_BEGINS_S: Final = 3.0
"""How long taking over may take before it counts as hanging."""
_LONGEST_DELAY_S: Final = 10.0
_AGAIN_S: Final = 1.0

_log = structlog.get_logger(__name__)


class EngineLost(RuntimeError):
    """The command was refused because one engine after the other was lost over it."""


class Engines:
    """Sends orders to the engine, in order and each until it is in a copy; replaces the engine when it is lost.

    `on_refused(number, error)`; `on_lost(reason)` when the spare is to take over.
    """

    def __init__(
        self,
        settings: HostSettings,
        shared: Shared,
        wake: int,
        *,
        on_refused: Callable[[int, Exception], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._settings, self._shared, self._wake = settings, shared, wake
        self._on_refused, self._on_lost = on_refused, on_lost
        self.journal = Journal()
        self._active: EngineProcess | None = None
        self._spare: EngineProcess | None = None
        self._last_refused = 0
        self._events = asyncio.Event()
        self._problem: str | None = None
        self._patience_s = HANGS_S
        self._begun_at = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pid(self) -> int | None:
        """The process that keeps the clock."""
        return self._active.pid if self._active else None

    async def start(self) -> None:
        """Returns when the engine ticks."""
        self._spare = await self._new_process()
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._watch())]
        while self._shared.newest == NEVER:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(_WATCH_S / 5)

    async def stop(self) -> None:
        """Kill both processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in (self._active, self._spare):
            if process is not None:
                await process.end()
        self._active = self._spare = None

    def put(self, order: Order) -> None:
        """Send an order, now or as soon as the engine takes it."""
        self.forget_applied()
        self.journal.add(order)
        self._flush()

    def forget_applied(self) -> int:
        """Drop orders that are in the newest copies; the number of the last one that is."""
        newest = self._shared.newest
        if newest == NEVER:
            return 0
        # A head is whole once it is the newest, and numbers only grow.
        number = int(self._shared.heads[newest % 2]["number"])
        self.journal.forget(number)
        return number

    def _flush(self) -> None:
        active = self._active
        if active is None:
            return
        while (order := self.journal.next) is not None:
            if not active.send(order):
                active.when_writable(self._flush)
                return
            self.journal.sent()

    async def _new_process(self) -> EngineProcess:
        process = EngineProcess(self._on_message, self._on_gone)
        await process.start(self._settings, self._shared, self._wake)
        return process

    def _on_message(self, message: Message) -> None:
        if isinstance(message, Refused) and message.number > self._last_refused:
            # What is ordered again after a loss may be refused again.
            self._last_refused = message.number
            self._on_refused(message.number, message.error())
        self._events.set()

    def _on_gone(self, process: EngineProcess) -> None:
        if process is self._active:
            self._problem = self._problem or "the engine process ended"
        self._events.set()

    async def _watch(self) -> None:
        """Notice an engine that hangs. Where this task itself was held up, the engine gets as much time again."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(_WATCH_S)
            now = time.monotonic()
            held_up, before = now - before > 2.0 * _WATCH_S, now
            silent_s = now - float(self._shared.control["alive_s"][0])
            if self._active is not None and not held_up and silent_s > self._patience_s and self._problem is None:
                self._problem = f"the engine process did nothing for {1000.0 * silent_s:.0f} ms"
                self._events.set()

    async def _keep(self) -> None:
        """Keep one process at work and one at hand."""
        delay_s = 0.0
        while True:
            if self._problem is not None and self._active is not None:
                lost, self._active = self._active, None
                was_steady = time.monotonic() - self._begun_at > STEADY_S
                self._patience_s = HANGS_S if was_steady else min(2.0 * self._patience_s, MOST_PATIENCE_S)
                self._on_lost(self._problem)
                await lost.end()
                self._problem = None
            if self._spare is None or self._spare.is_gone:
                died_early = self._spare is not None and not self._spare.ready.is_set()
                if self._spare is not None:
                    await self._spare.end()
                delay_s = min(2.0 * delay_s + 0.5, _LONGEST_DELAY_S) if died_early else 0.0
                await asyncio.sleep(delay_s)
                try:
                    self._spare = await self._new_process()
                except OSError as error:
                    # A host without memory or process numbers may have them again in a moment.
                    _log.error("no spare engine", reason=error.strerror)
                    self._spare = None
                    await asyncio.sleep(_AGAIN_S)
                    continue
            elif self._active is None and self._spare.ready.is_set():
                self._active, self._spare = self._spare, None
                self._begin(self._active)
                continue
            self._events.clear()
            if self._problem is None:
                await self._events.wait()

    def _begin(self, process: EngineProcess) -> None:
        """Let a process take the sessions over, and give it what the lost one was given and no copy has."""
        self.forget_applied()
        for order in self.journal.recall():
            self._on_refused(order.number, EngineLost("the engine was lost over this command"))
        self._begun_at = time.monotonic()
        self._shared.control["alive_s"] = self._begun_at + _BEGINS_S
        process.send(Begin(self.journal.last))
        self._flush()
