"""A picture process as the worker sees it: started, spoken to, and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable

import structlog

from media_server.transcode.confine import environment
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
        self._process: asyncio.subprocess.Process | None = None
        self._pidfd: int | None = None
        self._is_closed = False
        self._running = asyncio.create_task(self._run())

    @property
    def pid(self) -> int | None:
        """None before it was started."""
        return self._process.pid if self._process is not None else None

    @property
    def waiting_bytes(self) -> int:
        """How much it has not read yet, beyond what the pipe holds."""
        stdin = self._process.stdin if self._process is not None else None
        return stdin.transport.get_write_buffer_size() if stdin is not None else 0

    def send(self, message: ToProcess) -> None:
        """Say something to a process that is ready."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(pack(message))

    def close(self) -> None:
        """Kill it; `on_gone` is not called any more."""
        self._is_closed = True
        self._kill()

    async def ended(self) -> None:
        """Wait until it has ended, after `close`."""
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "media_server.transcode.picture_process",
                f"--parent={os.getpid()}",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment(),
            )
        except OSError as error:
            _log.error("no picture process can be started", problem=str(error))
            self._is_closed = True
            self._on_gone()
            return
        # asyncio's own kill() looks whether the process has ended, and takes its end away from who waits for it.
        self._pidfd = os.pidfd_open(process.pid)
        self._process = process
        try:
            if not self._is_closed:
                self._on_ready()
                await self._read(process)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except WireError as error:
            _log.error("a picture process makes no sense", pid=process.pid, problem=str(error))
        finally:
            self._kill()
            await process.wait()
            os.close(self._pidfd)
            self._pidfd = None
        if not self._is_closed:
            self._is_closed = True
            _log.warning("a picture process ended", pid=process.pid, status=process.returncode)
            self._on_gone()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while not self._is_closed:
            kind, length = parse_header(await process.stdout.readexactly(HEADER.size))
            message = parse(kind, await process.stdout.readexactly(length))
            if not isinstance(message, MadeFormat | MadePicture | Progress):
                raise WireError("that is for a process to hear, not to say")
            if not self._is_closed:
                self._on_message(message)

    def _kill(self) -> None:
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
