"""A process of ours that decodes for the worker: started without holding up the loop, and spoken to over a socket."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys

from media_server.transcode.confine import environment


class Child:
    """`reader` gets what it says, and ends when it does."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer
        self._process = process

    @classmethod
    async def start(cls, module: str) -> Child:
        """Run `python -m module`, its standard input and output one socket to us. Raises OSError."""
        ours, theirs = socket.socketpair()
        try:
            # In a thread: the memory of a worker is large, and who starts a program is held still until it has begun.
            # The kernel ends the program with that thread (PR_SET_PDEATHSIG); those of the loop live as long as it.
            process = await asyncio.to_thread(_spawn, module, theirs.fileno())
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def waiting_bytes(self) -> int:
        """How much it has not read yet, beyond what the socket holds."""
        return self.writer.transport.get_write_buffer_size()

    def say(self, data: bytes) -> None:
        """Tell it something; nothing happens when it has ended: whoever reads is told so."""
        if not self.writer.is_closing():
            self.writer.write(data)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()

    async def ended(self) -> int:
        """Its exit status, once it has been killed or has closed its end."""
        self.writer.transport.abort()
        return await asyncio.to_thread(self._process.wait)


def _spawn(module: str, channel: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", module, f"--parent={os.getpid()}"], stdin=channel, stdout=channel, env=environment()
    )
