"""A picture process as the worker sees it: started, spoken to, and killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from media_server.transcode.child import Child
from media_server.transcode.wire import (
    HEADER,
    FromProcess,
    MadeFormat,
    MadePicture,
    Progress,
    ToProcess,
    WireError,
    pack,
    parse,
    parse_header,
)

_PROGRAM: Final = "media_server.transcode.picture_process"

_running: set[asyncio.Task[None]] = set()

_log = structlog.get_logger(__name__)


class PictureProcess:
    """`on_ready` is called when it may be spoken to, `on_message` with what it says, `on_gone` once when it has ended
    by itself, could not be started, or makes no sense.

    What is written and not read yet waits in memory: whoever sends looks at `waiting_bytes` first.
    """

    def __init__(
        self,
        *,
        on_ready: Callable[[], None],
        on_message: Callable[[FromProcess], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._on_ready = on_ready
        self._on_message = on_message
        self._on_gone = on_gone
        self._child: Child | None = None
        self._is_closed = False
        self._running = asyncio.create_task(self._run())
        # The loop holds tasks weakly, and whoever closed this one need not wait for its end.
        _running.add(self._running)
        self._running.add_done_callback(_running.discard)

    @property
    def pid(self) -> int | None:
        """None before it was started."""
        return self._child.pid if self._child is not None else None

    @property
    def waiting_bytes(self) -> int:
        """How much it has not read yet, beyond what the socket holds."""
        return self._child.waiting_bytes if self._child is not None else 0

    def send(self, message: ToProcess) -> None:
        """Say something to a process that is ready."""
        assert self._child is not None
        self._child.say(pack(message))

    def close(self) -> None:
        """Kill it; `on_gone` is not called any more."""
        self._is_closed = True
        if self._child is not None:
            self._child.kill()

    async def ended(self) -> None:
        """Wait until it has ended, after `close`."""
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            child = await Child.start(_PROGRAM)
        except OSError as error:
            _log.error("no picture process can be started", problem=str(error))
            self._gone()
            return
        self._child = child
        try:
            if not self._is_closed:
                self._on_ready()
                await self._read(child)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except WireError as error:
            _log.error("a picture process makes no sense", pid=child.pid, problem=str(error))
        finally:
            child.kill()
            status = await child.ended()
        if not self._is_closed:
            _log.warning("a picture process ended", pid=child.pid, status=status)
        self._gone()

    def _gone(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._on_gone()

    async def _read(self, child: Child) -> None:
        while not self._is_closed:
            kind, length = parse_header(await child.reader.readexactly(HEADER.size))
            message = parse(kind, await child.reader.readexactly(length))
            if not isinstance(message, MadeFormat | MadePicture | Progress):
                raise WireError("that is for a process to hear, not to say")
            if not self._is_closed:
                self._on_message(message)
