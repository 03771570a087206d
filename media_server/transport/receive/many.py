"""Many datagrams with one system call, by recvmmsg(2) of the C library.

It is called with the GIL held: the call never waits, and giving the GIL away for a few microseconds would let any
thread of this process keep it for milliseconds.

GRO is left off: browsers send each datagram by itself, and what several viewers send does not merge.
"""

from __future__ import annotations

import ctypes
import errno
import socket
from struct import Struct
from typing import Final

from media_server.transport.receive.datagrams import BATCH, MAX_DATAGRAM_BYTES, Received
from media_server.transport.receive.sources import SOCKADDR_BYTES, Sources

_SLOT_BYTES: Final = MAX_DATAGRAM_BYTES + 1
"""One more than is taken, so that what is too long can be told."""


class RecvmmsgMissing(Exception):
    """This C library has no recvmmsg."""


class _IoVec(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """struct msghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_bytes", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iov_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_bytes", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """struct mmsghdr: a header and the number of bytes received."""

    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


_AFTER_LENGTH: Final = ctypes.sizeof(_Message) - ctypes.sizeof(_Header) - ctypes.sizeof(ctypes.c_uint)
_LENGTH: Final = Struct(f"={ctypes.sizeof(_Header)}xI{_AFTER_LENGTH}x")
"""Reads the length alone out of a struct mmsghdr."""


class ManyReceiver:
    """See `Receiver`. Raises RecvmmsgMissing when it is made."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        try:
            self._recvmmsg = ctypes.PyDLL(None, use_errno=True).recvmmsg
        except AttributeError as error:
            raise RecvmmsgMissing(str(error)) from error
        self._recvmmsg.argtypes = (*(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p),)
        self._sources = Sources()
        self._datagrams = bytearray(BATCH * _SLOT_BYTES)
        self._names = bytearray(BATCH * SOCKADDR_BYTES)
        self._vectors = (_IoVec * BATCH)()
        self._messages = (_Message * BATCH)()
        slots, names = _address(self._datagrams), _address(self._names)
        for n, (vector, message) in enumerate(zip(self._vectors, self._messages, strict=True)):
            vector.base, vector.length = slots + n * _SLOT_BYTES, _SLOT_BYTES
            header = message.header
            header.name, header.name_bytes = names + n * SOCKADDR_BYTES, SOCKADDR_BYTES
            header.iov, header.iov_count = ctypes.addressof(vector), 1
        self._messages_view = memoryview(self._messages).cast("B")
        self._datagrams_view = memoryview(self._datagrams)
        self._names_view = memoryview(self._names)

    def receive(self) -> list[Received]:
        """See `Receiver`."""
        count = self._call()
        if not count:
            return []
        datagrams, names, source_of = self._datagrams_view, self._names_view, self._sources.of
        slot = name = 0
        received: list[Received] = []
        for (length,) in _LENGTH.iter_unpack(self._messages_view[: count * _LENGTH.size]):
            datagram = bytes(datagrams[slot : slot + length]) if length <= MAX_DATAGRAM_BYTES else b""
            received.append((datagram, source_of(bytes(names[name : name + SOCKADDR_BYTES]))))
            slot += _SLOT_BYTES
            name += SOCKADDR_BYTES
        return received

    def _call(self) -> int:
        descriptor, messages = self._socket.fileno(), self._messages
        for _ in range(BATCH):
            # The kernel sets `name_bytes` to what the socket's family takes, which is the same each time.
            count = int(self._recvmmsg(descriptor, messages, BATCH, socket.MSG_DONTWAIT, None))
            if count >= 0:
                return count
            if ctypes.get_errno() in (errno.EAGAIN, errno.EBADF):
                return 0
            # ICMP errors of earlier sends surface here; they say nothing about the next datagram.
        return 0


def _address(buffer: bytearray) -> int:
    """Where its bytes are, for as long as its size does not change."""
    return ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
