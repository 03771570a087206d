"""Which form of the receiver a worker uses: decided once a process, by trying."""

from __future__ import annotations

import socket
from functools import cache

import structlog

from media_server.transport.receive.datagrams import MAX_DATAGRAM_BYTES, Received, Receiver
from media_server.transport.receive.many import ManyReceiver, RecvmmsgMissing
from media_server.transport.receive.single import SingleReceiver

_log = structlog.get_logger(__name__)


def choose_receiver(sock: socket.socket) -> Receiver:
    """The receiver for `sock`: recvmmsg where it works."""
    reason = _why_not_many()
    if reason is None:
        return ManyReceiver(sock)
    return SingleReceiver(sock)


@cache
def _why_not_many() -> str | None:
    """None where recvmmsg gives what recvfrom gives; the structs of this system are read by address."""
    reason = _trial()
    _log.info("receiver chosen", form="recvmmsg" if reason is None else "recvfrom", reason=reason or "it works")
    return reason


def _trial() -> str | None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiving,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending,
    ):
        receiving.bind(("127.0.0.1", 0))
        receiving.setblocking(False)
        sending.bind(("127.0.0.1", 0))
        try:
            many = ManyReceiver(receiving)
        except RecvmmsgMissing as error:
            return str(error)
        sizes = (0, 1, MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1)
        expected: list[Received] = []
        for size in sizes:
            datagram = bytes([size & 0xFF]) * size
            # Loopback delivers within the send.
            sending.sendto(datagram, receiving.getsockname())
            expected.append((datagram if size <= MAX_DATAGRAM_BYTES else b"", sending.getsockname()))
        return None if many.receive() == expected else "a trial datagram was not received as it was sent"
