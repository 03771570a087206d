"""Media that arrives at thousands of sockets, counted by compiled code: in Python the load generator is the limit.

What is no media is handed back, as it came.
"""

from __future__ import annotations

import ctypes
import platform
import resource
from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from media_server.transport.fanout.intrinsics import call
from media_server.transport.fanout.libcrypto import address_of

MOST_DATAGRAM_BYTES: Final = 1 << 16
LAST_BYTES: Final = 1504
"""Of the newest packet, which is kept so that a sample can be decrypted."""
MAIL: Final = 64
"""Datagrams that are no media, in one turn; then the turn is over."""
_EVENTS: Final = 512
_DONT_WAIT: Final = 0x40
_CONTROL_BYTES: Final = 24
# struct epoll_event is packed on x86-64 alone: three words, and four elsewhere (epoll_ctl(2)).
_EVENT_WORDS: Final = 3 if platform.machine() == "x86_64" else 4
_DESCRIPTOR_WORD: Final = 1 if platform.machine() == "x86_64" else 2
_MESSAGE: Final = np.dtype(
    # struct msghdr of 64-bit Linux.
    [
        ("name", "i8"),
        ("name_bytes", "i8"),
        ("iov", "i8"),
        ("iov_count", "i8"),
        ("control", "i8"),
        ("control_bytes", "i8"),
        ("flags", "i8"),
    ]
)

_EPOLL_WAIT, _RECVMSG = range(2)


@dataclass(frozen=True, slots=True)
class Turn:
    """Descriptors that can be read and are not counted, and datagrams of counted ones that are no media.

    `is_busy`: there was something to read.
    """

    is_busy: bool
    unread: list[int]
    mail: list[tuple[int, bytes]]


class Arrivals:
    """Waits on an epoll, and reads the sockets that were given to it by `count`."""

    def __init__(self, epoll: int) -> None:
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._epoll = epoll
        self._is_counted = np.zeros(descriptors, np.uint8)
        self.packets: NDArray[np.int64] = np.zeros(descriptors, np.int64)
        """Of each descriptor."""
        # Pages of it that nothing is written to take no memory.
        self._last = np.zeros((descriptors, LAST_BYTES), np.uint8)
        self._last_bytes = np.zeros(descriptors, np.int64)
        self._events = np.zeros(_EVENTS * _EVENT_WORDS, np.uint32)
        self._buffer = np.zeros(MOST_DATAGRAM_BYTES, np.uint8)
        self._control = np.zeros(_CONTROL_BYTES, np.uint8)
        self._vector = np.array([self._buffer.ctypes.data, len(self._buffer)], np.int64)
        self._message = np.zeros(1, _MESSAGE)
        self._message["iov"], self._message["iov_count"] = self._vector.ctypes.data, 1
        self._message["control"] = self._control.ctypes.data
        self._unread = np.zeros(_EVENTS, np.int64)
        self._mail = np.zeros((MAIL, LAST_BYTES), np.uint8)
        self._mail_from = np.zeros((MAIL, 2), np.int64)
        libc = ctypes.CDLL(None)
        self._addresses = np.array([address_of(libc, "epoll_wait"), address_of(libc, "recvmsg")], np.int64)
        # Compiles where that was not done before, which takes two seconds that nobody who is connecting has.
        self.turn(0.0)

    def count(self, descriptor: int) -> None:
        """Read `descriptor` from now on."""
        self.packets[descriptor] = 0
        self._last_bytes[descriptor] = 0
        self._is_counted[descriptor] = 1

    def forget(self, descriptor: int) -> None:
        """Leave `descriptor` alone; another socket may get its number."""
        self._is_counted[descriptor] = 0

    def last_packet(self, descriptor: int) -> bytes:
        """The newest media packet of `descriptor`."""
        return bytes(self._last[descriptor, : self._last_bytes[descriptor]])

    def forget_last(self, descriptor: int) -> None:
        """There is no newest packet of `descriptor` until the next arrives."""
        self._last_bytes[descriptor] = 0

    def turn(self, timeout_s: float) -> Turn:
        """Wait for at most `timeout_s`, then read each socket that has something, once."""
        ready, unread, mails = _turn(
            self._addresses,
            self._epoll,
            max(0, round(timeout_s * 1000)),
            self._events,
            self._is_counted,
            self.packets,
            self._last,
            self._last_bytes,
            self._buffer,
            self._control,
            self._message,
            self._unread,
            self._mail,
            self._mail_from,
        )
        senders = self._mail_from[:mails].tolist()
        return Turn(
            ready > 0,
            self._unread[:unread].tolist(),
            [(descriptor, bytes(self._mail[n, :length])) for n, (descriptor, length) in enumerate(senders)],
        )


def _read_all(
    addresses: Any,
    epoll: int,
    timeout_ms: int,
    events: Any,
    is_counted: Any,
    packets: Any,
    last: Any,
    last_bytes: Any,
    buffer: Any,
    control: Any,
    message: Any,
    unread: Any,
    mail: Any,
    mail_from: Any,
) -> tuple[int, int, int]:
    ready = call(addresses[_EPOLL_WAIT], (epoll, events.ctypes.data, len(unread), timeout_ms))
    unread_count = mails = 0
    for n in range(ready):
        descriptor = np.int64(events[n * _EVENT_WORDS + _DESCRIPTOR_WORD])
        if not is_counted[descriptor]:
            unread[unread_count] = descriptor
            unread_count += 1
            continue
        if mails == len(mail):
            # What was not read is ready again in the next turn.
            break
        message[0].control_bytes = len(control)
        length: Any = np.int64(call(addresses[_RECVMSG], (descriptor, message.ctypes.data, _DONT_WAIT)))
        if length <= 0:
            continue
        if 128 <= buffer[0] <= 191 and not 64 <= buffer[1] & 0x7F < 96:
            size = length
            if message[0].control_bytes:
                # The size of the datagrams of a run that arrived as one (UDP_GRO, udp(7)), behind a cmsghdr.
                size = np.int64(control[16]) | np.int64(control[17]) << 8
            runs = (length + size - 1) // size
            packets[descriptor] += runs
            start = (runs - 1) * size
            kept = min(length - start, len(last[0]))
            last[descriptor, :kept] = buffer[start : start + kept]
            last_bytes[descriptor] = kept
        else:
            kept = min(length, len(mail[0]))
            mail[mails, :kept] = buffer[:kept]
            mail_from[mails, 0] = descriptor
            mail_from[mails, 1] = kept
            mails += 1
    return ready, unread_count, mails


_turn: Any = numba.njit(nogil=True, cache=True)(_read_all)
