"""Starts the children one after the other, watches over them, and ends them in reverse."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from deploy.standalone.child import Child, ChildSpec
from deploy.standalone.console import Console

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Owns the children from the first start to the last end."""

    def __init__(self, specs: list[ChildSpec], console: Console) -> None:
        self.children = [Child(spec, console) for spec in specs]
        self._console = console
        self._stopping = asyncio.Event()

    def ask_to_stop(self) -> None:
        """End everything in order; asked again, at once."""
        if self._stopping.is_set():
            for child in self.children:
                child.stop()
                child.stop()
        self._stopping.set()

    async def run(self, on_ready: asyncio.Event) -> bool:
        """Until asked to stop. Sets `on_ready` when all children work; returns False when one never works."""
        loop = asyncio.get_running_loop()
        for sig in STOP_SIGNALS:
            loop.add_signal_handler(sig, self.ask_to_stop)
        self._console.on_closed = self.ask_to_stop
        try:
            async with asyncio.TaskGroup() as tasks:
                running: list[tuple[Child, asyncio.Task[None]]] = []
                if await self._start(tasks, running):
                    on_ready.set()
                    await self._stopping.wait()
                was_asked = self._stopping.is_set()
                await self._stop(running)
        finally:
            for sig in STOP_SIGNALS:
                loop.remove_signal_handler(sig)
        return was_asked

    async def _start(self, tasks: asyncio.TaskGroup, running: list[tuple[Child, asyncio.Task[None]]]) -> bool:
        for child in self.children:
            running.append((child, tasks.create_task(child.run())))
            settled = asyncio.create_task(child.settled())
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait([settled, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not settled.done() or not settled.result():
                    return False
            finally:
                settled.cancel()
                stopping.cancel()
        return True

    async def _stop(self, running: list[tuple[Child, asyncio.Task[None]]]) -> None:
        self._stopping.set()
        for child, task in reversed(running):
            child.stop()
            await asyncio.wait([task])
