"""One engine process as the worker sees it: started, spoken to, and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable

from mixer.host.messages import MAX_MESSAGE_BYTES, Message, Ready, pack, unpack
from mixer.host.settings import HostSettings
from mixer.host.shared import Shared


class EngineProcess:
    """`on_message` is called with what it says, `on_gone` once when it has ended, or closed its socket."""

    def __init__(self, on_message: Callable[[Message], None], on_gone: Callable[[EngineProcess], None]) -> None:
        self._on_message, self._on_gone = on_message, on_gone
        self._loop = asyncio.get_running_loop()
        self._process: asyncio.subprocess.Process | None = None
        self._pidfd: int | None = None
        self._socket: socket.socket | None = None
        self.ready = asyncio.Event()
        self.is_gone = False

    async def start(self, settings: HostSettings, shared: Shared, wake: int) -> None:
        """Start it; `ready` is set once it could begin."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        arguments = {
            "memory": shared.fd,
            "channel": theirs.fileno(),
            "wake": wake,
            "capacity": settings.capacity,
            "block": settings.block,
            "parent": os.getpid(),
            "tracks": settings.tracks_folder,
        }
        options = [f"--{name}={value}" for name, value in arguments.items()]
        if settings.real_time:
            options.append("--real-time")
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "mixer.host.engine_process",
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(shared.fd, theirs.fileno(), wake),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        # By number, one might kill another process that has the number by now; asyncio's own kill() looks whether the
        # process has ended, and takes its end away from the task that waits for it.
        self._pidfd = os.pidfd_open(self._process.pid)
        self._socket = ours
        self._loop.add_reader(ours.fileno(), self._read)

    @property
    def pid(self) -> int | None:
        """None before it was started."""
        return self._process.pid if self._process else None

    def _read(self) -> None:
        assert self._socket is not None
        try:
            datagram = self._socket.recv(MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            datagram = b""
        if not datagram:
            self._let_go()
            return
        message = unpack(datagram)
        if isinstance(message, Ready):
            self.ready.set()
        self._on_message(message)

    def _let_go(self) -> None:
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self.is_gone = True
        self._on_gone(self)

    def send(self, message: Message) -> bool:
        """False when it is gone, or takes no more at the moment."""
        if self._socket is None:
            return False
        try:
            self._socket.send(pack(message))
        except (BlockingIOError, ConnectionError):
            return False
        return True

    def when_writable(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when it takes more."""
        if (ours := self._socket) is None:
            return

        def writable() -> None:
            self._loop.remove_writer(ours.fileno())
            callback()

        self._loop.add_writer(ours.fileno(), writable)

    async def end(self) -> None:
        """Kill it, and return when it is dead: nobody else writes to the shared memory from then on."""
        if self._process is not None and self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            await self._process.wait()
            os.close(self._pidfd)
            self._pidfd = None
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self.is_gone = True
