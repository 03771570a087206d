"""Makes pictures for listings in a process of its own, one at a time for a whole worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

import structlog

from media_server.transcode.confine import environment
from media_server.transcode.still import (
    LENGTH,
    Still,
    StillRequest,
    pack_request,
    parse_answer,
    parse_length,
)
from media_server.transcode.wire import WireError

MAX_WAITING: Final = 64
"""When so many wait, a further one is not made: the next key frame of its stream asks again."""
_TIMEOUT_S: Final = 8.0
"""On a machine that is this busy, pictures for listings are what is done without."""
_PAUSE_AFTER_FAILURE_S: Final = 2.0

Done = Callable[[Still | None], None]

_log = structlog.get_logger(__name__)


class StillMaker:
    """`run` until cancelled. The process is started with the first request, and anew after it failed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[StillRequest, Done]] = asyncio.Queue(MAX_WAITING)
        self._process: asyncio.subprocess.Process | None = None
        self._pidfd: int | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process is not None else None

    def make(self, request: StillRequest, done: Done) -> bool:
        """Calls `done` later, on the loop, with None when there is no picture. False when too many wait."""
        try:
            self._queue.put_nowait((request, done))
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Make one after the other."""
        try:
            while True:
                request, done = await self._queue.get()
                still = await self._make(request)
                done(still)
        finally:
            await self._end()

    async def _make(self, request: StillRequest) -> Still | None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await self._ask(request)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, WireError) as error:
            _log.warning("no picture was made", problem=type(error).__name__)
        await self._end()
        await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)
        return None

    async def _ask(self, request: StillRequest) -> Still | None:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "media_server.transcode.still_process",
                f"--parent={os.getpid()}",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment(),
            )
            # asyncio's own kill() looks whether the process has ended, and takes its end away from who waits for it.
            self._pidfd = os.pidfd_open(self._process.pid)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pack_request(request))
        await process.stdin.drain()
        length = parse_length(await process.stdout.readexactly(LENGTH.size))
        return parse_answer(await process.stdout.readexactly(length))

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            await process.wait()
            os.close(self._pidfd)
            self._pidfd = None
