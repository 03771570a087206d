"""The processes that serve LL-HLS, kept running."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import structlog

from media_server.hls_servers.link import socket_pair
from media_server.hls_servers.told import Told
from media_server.transcode.confine import environment

_AGAIN_AFTER_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
_RUNS_WELL_AFTER_S: Final = 30.0

_PROGRAM: Final = "media_server.hls_servers.process"
_log = structlog.get_logger(__name__)


class Children:
    """Started, and started anew when they are lost.

    `tell` is given the socket of each; it raises OSError. `forget` is called when nothing is to be told any more.
    """

    def __init__(self, tell: Callable[[socket.socket], Told], forget: Callable[[Told], None]) -> None:
        self._tell = tell
        self._forget = forget
        self._running: set[subprocess.Popen[bytes]] = set()

    @property
    def pids(self) -> list[int]:
        """Of the processes there are."""
        return [process.pid for process in self._running]

    async def keep(self, processes: int) -> None:
        """So many of them, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(processes):
                tasks.create_task(self._keep_one())

    async def _keep_one(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = _AGAIN_AFTER_S
        while True:
            since = loop.time()
            reason = await self._run_one()
            pause_s = _AGAIN_AFTER_S if loop.time() - since > _RUNS_WELL_AFTER_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            _log.warning("a process that serves LL-HLS is started anew", problem=reason, pause_s=pause_s)
            await asyncio.sleep(pause_s)

    async def _run_one(self) -> str:
        """Until it is lost, and why."""
        ours, theirs = socket_pair()
        try:
            # In a thread, as those that decode are (`transcode/child.py`).
            process = await asyncio.to_thread(_spawn, theirs.fileno())
        except OSError as error:
            ours.close()
            return error.strerror or "cannot be started"
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._running.add(process)
        told: Told | None = None
        try:
            told = self._tell(ours)
            return await told.lost
        except OSError as error:
            ours.close()
            return error.strerror or "no memory to share"
        finally:
            if told is not None:
                self._forget(told)
            self._running.discard(process)
            process.kill()
            await asyncio.to_thread(process.wait)


def _spawn(channel: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", _PROGRAM, f"--parent={os.getpid()}"], stdin=channel, env=environment()
    )
