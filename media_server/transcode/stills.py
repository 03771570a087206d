"""Makes pictures for listings in a process of its own, one at a time for a whole worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from media_server.transcode.child import Child
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

_PROGRAM: Final = "media_server.transcode.still_process"

Done = Callable[[Still | None], None]

_log = structlog.get_logger(__name__)


class StillMaker:
    """`run` until cancelled. The process is started with the first request, and anew after it failed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[StillRequest, Done]] = asyncio.Queue(MAX_WAITING)
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._child.pid if self._child is not None else None

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
        if self._child is None:
            self._child = await Child.start(_PROGRAM)
        child = self._child
        child.say(pack_request(request))
        await child.writer.drain()
        length = parse_length(await child.reader.readexactly(LENGTH.size))
        return parse_answer(await child.reader.readexactly(length))

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            await child.ended()
