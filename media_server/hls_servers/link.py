"""One end of the socket between a worker and a process that serves its LL-HLS."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

MAX_QUEUED_BYTES: Final = 16 << 20
"""What the other side has not read. Beyond it the link is given up: a process that is started anew is told less."""
_SOCKET_BYTES: Final = 1 << 20
_LONGEST_PACKET: Final = 1 << 20
_PACKETS_A_TURN: Final = 64


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends, with packets that stay whole."""
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
        end.setblocking(False)
    return pair


class Link:
    """`received` gets a packet and the files that came with it, which are then its own; `lost` is called once.

    Not a transport of asyncio's: those cannot carry files.
    """

    def __init__(
        self, sock: socket.socket, *, received: Callable[[bytes, list[int]], None], lost: Callable[[str], None]
    ) -> None:
        self._sock = sock
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[bytes, int | None]] = deque()
        self._queued = 0
        self._is_open = True
        self._loop.add_reader(sock, self._read)

    def send(self, packet: bytes, file: int | None = None) -> None:
        """Send a packet, with an open file where one is given, which stays the caller's."""
        if not self._is_open:
            return
        if not self._queue and self._send_now(packet, file):
            return
        if self._queued + len(packet) > MAX_QUEUED_BYTES:
            self._give_up("does not read what it is told")
            return
        if not self._queue:
            self._loop.add_writer(self._sock, self._flush)
        self._queue.append((packet, os.dup(file) if file is not None else None))
        self._queued += len(packet)

    def close(self) -> None:
        """Say and hear nothing any more; `lost` is not called."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        for _, file in self._queue:
            if file is not None:
                os.close(file)
        self._queue.clear()
        self._sock.close()

    def _send_now(self, packet: bytes, file: int | None) -> bool:
        """Whether the kernel took it, or nothing can be sent any more."""
        try:
            if file is None:
                self._sock.send(packet)
            else:
                socket.send_fds(self._sock, [packet], [file])
        except BlockingIOError:
            return False
        except OSError as error:
            self._give_up(error.strerror or "cannot be told anything")
        return True

    def _flush(self) -> None:
        while self._queue:
            packet, file = self._queue[0]
            if not self._send_now(packet, file):
                return
            if not self._is_open:
                return
            self._queue.popleft()
            self._queued -= len(packet)
            if file is not None:
                os.close(file)
        self._loop.remove_writer(self._sock)

    def _read(self) -> None:
        for _ in range(_PACKETS_A_TURN):
            if not self._is_open:
                return
            try:
                packet, files, _, _ = socket.recv_fds(self._sock, _LONGEST_PACKET, 1)
            except BlockingIOError:
                return
            except OSError as error:
                self._give_up(error.strerror or "cannot be heard")
                return
            if not packet:
                self._give_up("has ended")
                return
            self._received(packet, files)

    def _give_up(self, reason: str) -> None:
        if self._is_open:
            self.close()
            self._lost(reason)
