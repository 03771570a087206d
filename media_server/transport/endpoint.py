"""The worker's one UDP socket: drained each wake-up, demultiplexed by ICE user fragment, then by validated address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from media_server.rtp.leg import Address
from media_server.transport.ice import is_stun, local_ufrag_of

MAX_DATAGRAM_BYTES: Final = 1500
_DATAGRAMS_PER_WAKEUP: Final = 256
"""Then the loop gets a turn: HTTP and timers must not starve behind a flood."""
_SOCKET_BUFFER_BYTES: Final = 8 << 20
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33


class Peer(Protocol):
    """A session as the endpoint sees it."""

    def receive_check(self, datagram: bytes, source: Address) -> None:
        """A STUN binding request that names this session."""

    def receive(self, datagram: bytes, source: Address) -> None:
        """A DTLS, SRTP or SRTCP datagram from an address this session validated."""


@dataclass(slots=True)
class EndpointCounters:
    """Datagrams received, and those dropped unread: empty or oversize, or from nobody we know."""

    received: int = 0
    malformed: int = 0
    unknown: int = 0


class UdpEndpoint:
    """Owns the socket and the two tables that say whose a datagram is.

    `on_drained` runs once after each wake-up's datagrams, so that what arrived together is forwarded together.
    """

    def __init__(self, sock: socket.socket, *, on_drained: Callable[[], None]) -> None:
        self._socket = sock
        self._on_drained = on_drained
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._buffer = bytearray(65_536)
        self._view = memoryview(self._buffer)
        self.counters = EndpointCounters()

    @property
    def port(self) -> int:
        """The bound UDP port."""
        return int(self._socket.getsockname()[1])

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read from the socket in `loop` from now on."""
        loop.add_reader(self._socket.fileno(), self._drain)

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop reading and close the socket."""
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram now, or lose it: every protocol above repeats what matters."""
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            # A full buffer or an unreachable peer: consent and time-outs deal with the latter.
            return

    def add_ufrag(self, ufrag: str, peer: Peer) -> None:
        """Checks that name `ufrag` go to `peer`."""
        self._by_ufrag[ufrag] = peer

    def remove_ufrag(self, ufrag: str) -> None:
        """Checks that name `ufrag` go nowhere."""
        self._by_ufrag.pop(ufrag, None)

    def add_address(self, address: Address, peer: Peer) -> None:
        """Everything else from `address` goes to `peer`, the last one that proved itself from there."""
        self._by_address[address] = peer

    def remove_address(self, address: Address, peer: Peer) -> None:
        """`address` is no longer `peer`'s; one that another peer has taken since stays."""
        if self._by_address.get(address) is peer:
            del self._by_address[address]

    def _drain(self) -> None:
        receive_into, buffer, view = self._socket.recvfrom_into, self._buffer, self._view
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            try:
                length, source = receive_into(buffer)
            except BlockingIOError:
                break
            except OSError:
                # ICMP errors of earlier sends surface here; they say nothing about the next datagram.
                continue
            self.counters.received += 1
            if not 0 < length <= MAX_DATAGRAM_BYTES:
                self.counters.malformed += 1
                continue
            self._dispatch(bytes(view[:length]), source)
        self._on_drained()

    def _dispatch(self, datagram: bytes, source: Address) -> None:
        if is_stun(datagram):
            ufrag = local_ufrag_of(datagram)
            peer = self._by_ufrag.get(ufrag) if ufrag is not None else None
            if peer is not None:
                peer.receive_check(datagram, source)
                return
        else:
            peer = self._by_address.get(source)
            if peer is not None:
                peer.receive(datagram, source)
                return
        self.counters.unknown += 1


def bind_udp(host: str, port: int) -> socket.socket:
    """A non-blocking IPv4 UDP socket with large buffers. Raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for force, ask in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            try:
                sock.setsockopt(socket.SOL_SOCKET, force, _SOCKET_BUFFER_BYTES)
            except PermissionError:
                # Without CAP_NET_ADMIN the kernel caps the size at net.core.[rw]mem_max.
                sock.setsockopt(socket.SOL_SOCKET, ask, _SOCKET_BUFFER_BYTES)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
