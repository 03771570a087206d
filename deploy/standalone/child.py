"""Runs one child process along its lifecycle: starts it, waits for health, restarts it, ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from deploy.standalone.account import AccountError
from deploy.standalone.console import Console
from deploy.standalone.embedded import Launch, ServerFailed, account_options, die_with_parent
from deploy.standalone.lifecycle import Lifecycle, Limits, State, Step

PROBE_EVERY_S: Final = 0.1
PROBE_TIMEOUT_S: Final = 2.0
LAST_LINES_S: Final = 0.5


async def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What a child is: how to start it, and how to see that it works."""

    name: str
    where: str
    """Its address, for the table."""
    launch: Launch
    probe: Callable[[int], Awaitable[bool]]
    """Whether the process with this id is ready. May raise OSError, which means no."""
    prepare: Callable[[], Awaitable[None]] = _nothing
    """Awaited before each start. Raises AccountError, ServerFailed or OSError when it cannot start now."""
    limits: Limits = field(default_factory=Limits)
    hushed: tuple[str, ...] = ()
    """Words of lines in its output that would only worry people."""


class Child:
    """One task owns the process: `run`. Everybody else looks at the state or asks it to stop."""

    def __init__(self, spec: ChildSpec, console: Console) -> None:
        self.spec = spec
        self._console = console
        self._life = Lifecycle(spec.limits)
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[int] | None = None
        self._news = asyncio.Event()
        self._settled = asyncio.Event()

    @property
    def state(self) -> State:
        return self._life.state

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def settled(self) -> bool:
        """Wait until it is ready for the first time (True) or has ended without being (False)."""
        await self._settled.wait()
        return self.state is State.RUNNING

    def stop(self) -> None:
        """Ask it to end; asked again, it is killed."""
        if self.state is State.STOPPING:
            self._life.hurry(now=time.monotonic())
        else:
            self._life.stop(now=time.monotonic())
        self._news.set()

    async def run(self) -> None:
        """Returns when it has stopped or failed for good. Cancellation kills the process."""
        try:
            while (step := self._life.step(now=time.monotonic())) is not Step.END:
                await self._take(step)
                if self.state is State.RUNNING:
                    self._settled.set()
        finally:
            self._settled.set()
            if (process := self._process) and process.returncode is None:
                process.kill()
                await process.wait()
            if self._watcher is not None:
                self._watcher.cancel()

    async def _take(self, step: Step) -> None:
        match step:
            case Step.SPAWN:
                await self._spawn()
            case Step.PROBE:
                if await self._probe():
                    self._life.ready(now=time.monotonic())
                    if self._life.restarts:
                        self._say(f"is running again (process {self.pid})")
                else:
                    await self._wait(PROBE_EVERY_S)
            case Step.TERMINATE:
                self._signal(self.spec.launch.stop_signal)
                self._life.terminated()
            case Step.KILL:
                self._say("did not react in time and is killed")
                self._signal(signal.SIGKILL)
                self._life.killed()
            case Step.WATCH:
                deadline = self._life.deadline
                await self._wait(None if deadline is None else max(0.0, deadline - time.monotonic()))

    async def _spawn(self) -> None:
        launch = self.spec.launch
        # A pipe of our own: a grandchild may hold it open long after the child's end, which asyncio's would wait for.
        read_end, write_end = os.pipe()
        try:
            await self.spec.prepare()
            if not self._may_spawn():
                os.close(read_end)
                return
            self._process = await asyncio.create_subprocess_exec(
                *launch.argv,
                cwd=launch.cwd,
                env=launch.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which ends children in order
                preexec_fn=die_with_parent(launch.stop_signal),
                **account_options(launch.account),
            )
        except (AccountError, ServerFailed, OSError) as error:
            os.close(read_end)
            self._ended(f"cannot start: {error}")
            return
        finally:
            os.close(write_end)
        self._watcher = asyncio.create_task(self._watch(self._process, read_end))
        self._watcher.add_done_callback(lambda _: self._news.set())
        if self._may_spawn():
            self._life.spawned(now=time.monotonic())

    def _may_spawn(self) -> bool:
        """Whether nobody has asked it to stop meanwhile."""
        return self._life.step(now=time.monotonic()) is Step.SPAWN

    async def _watch(self, process: asyncio.subprocess.Process, read_end: int) -> int:
        """Copy the output; returns the exit status once the last lines are out."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb"))
        copying = asyncio.create_task(self._console.copy(self.spec.name, reader, self.spec.hushed))
        try:
            code = await process.wait()
            await asyncio.wait([copying], timeout=LAST_LINES_S)
            return code
        finally:
            copying.cancel()
            pipe.close()

    async def _probe(self) -> bool:
        if (pid := self.pid) is None:
            return False
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                return await self.spec.probe(pid)
        return False

    async def _wait(self, timeout_s: float | None) -> None:
        """Wait for news (an end, a stop) or the time, and note an end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        self._news.clear()
        if self._watcher is not None and self._watcher.done():
            code = self._watcher.result()
            self._watcher = None
            self._ended(_how(code))

    def _ended(self, how: str) -> None:
        was = self.state
        self._life.exited(now=time.monotonic())
        match self.state:
            case State.BACKING_OFF:
                self._say(f"{how}; it is started again in {self._life.delay_s:.1f} s")
            case State.FAILED:
                self._say(f"{how} before it was ready; its last lines are above")
            case State.STOPPED if was is State.STOPPING:
                self._say("stopped")

    def _signal(self, sig: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(sig)

    def _say(self, text: str) -> None:
        self._console.line(self.spec.name, text)


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with status {returncode}"
