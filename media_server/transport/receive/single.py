"""One datagram a system call, by Python's own socket: what runs anywhere."""

from __future__ import annotations

import socket

from media_server.transport.receive.datagrams import BATCH, MAX_DATAGRAM_BYTES, Received
from media_server.transport.receive.sources import of_python


class SingleReceiver:
    """See `Receiver`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        # One more than is taken, so that what is too long can be told.
        self._buffer = bytearray(MAX_DATAGRAM_BYTES + 1)
        self._view = memoryview(self._buffer)

    def receive(self) -> list[Received]:
        """See `Receiver`."""
        receive_into, buffer, view = self._socket.recvfrom_into, self._buffer, self._view
        received: list[Received] = []
        for _ in range(BATCH):
            try:
                length, source = receive_into(buffer)
            except BlockingIOError:
                break
            except OSError:
                # ICMP errors of earlier sends surface here; they say nothing about the next datagram.
                continue
            datagram = bytes(view[:length]) if length <= MAX_DATAGRAM_BYTES else b""
            received.append((datagram, of_python(source)))
        return received
