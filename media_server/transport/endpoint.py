"""The worker's one UDP socket: drained each wake-up, demultiplexed by ICE user fragment, then by validated address.

What comes by connections is demultiplexed by the same tables.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from media_server.rtp.leg import Address
from media_server.rtp.stream_address import StreamAddress
from media_server.transport.ice import is_stun, local_ufrag_of
from media_server.transport.receive import BATCH, choose_receiver
from media_server.transport.sockets import as_mapped, bound_socket

_BATCHES_PER_WAKEUP: Final = 4
"""Then the loop gets a turn: HTTP and timers must not starve behind a flood."""
_SOCKET_BUFFER_BYTES: Final = 8 << 20
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33

_log = structlog.get_logger(__name__)


class Peer(Protocol):
    """A session as the endpoint sees it."""

    def receive_check(self, datagram: bytes, source: Address) -> None:
        """A STUN binding request that names this session."""

    def receive(self, datagram: bytes, source: Address) -> None:
        """A DTLS, SRTP or SRTCP datagram from an address this session validated."""

    def lost(self, address: StreamAddress) -> None:
        """The connection to an address this session validated has ended."""


@dataclass(slots=True)
class EndpointCounters:
    """Datagrams received; those dropped unread, empty or oversize, or from nobody we know; and those we failed at."""

    received: int = 0
    malformed: int = 0
    unknown: int = 0
    failed: int = 0


class UdpEndpoint:
    """Owns the socket and the two tables that say whose a datagram is.

    `on_drained` runs once after each wake-up's datagrams, so that what arrived together is forwarded together.
    """

    def __init__(self, sock: socket.socket, *, on_drained: Callable[[], None]) -> None:
        self._socket = sock
        self._is_ipv6 = sock.family == socket.AF_INET6
        self._on_drained = on_drained
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._receiver = choose_receiver(sock)
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
        if isinstance(address, StreamAddress):
            address.stream.send((datagram,))
            return
        if self._is_ipv6:
            address = (as_mapped(address[0]), address[1])
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

    def has_address(self, address: Address) -> bool:
        """Whether `address` is a peer's."""
        return address in self._by_address

    def receive_stream(self, datagrams: Iterable[bytes], source: StreamAddress) -> None:
        """Take what a connection brought together."""
        for datagram in datagrams:
            self._dispatch(datagram, source)
        self._on_drained()

    def lose_stream(self, source: StreamAddress) -> None:
        """A connection has ended; whose it was is told."""
        peer = self._by_address.pop(source, None)
        if peer is not None:
            peer.lost(source)

    def _drain(self) -> None:
        counters = self.counters
        for _ in range(_BATCHES_PER_WAKEUP):
            batch = self._receiver.receive()
            counters.received += len(batch)
            for datagram, source in batch:
                if not datagram:
                    counters.malformed += 1
                    continue
                try:
                    self._dispatch(datagram, source)
                except Exception:  # noqa: BLE001 - our bug, in one session; the rest is other people's
                    counters.failed += 1
                    if counters.failed.bit_count() == 1:
                        # The first, the second, the fourth: whoever found out how must not fill the log by it.
                        _log.exception("a datagram could not be handled", failed=counters.failed)
            if len(batch) < BATCH:
                break
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
    """A non-blocking UDP socket with large buffers; "::" is both families. Raises OSError when the port is taken."""
    sock = bound_socket(socket.SOCK_DGRAM, host, port)
    for force, ask in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, force, _SOCKET_BUFFER_BYTES)
        except PermissionError:
            # Without CAP_NET_ADMIN the kernel caps the size at net.core.[rw]mem_max.
            sock.setsockopt(socket.SOL_SOCKET, ask, _SOCKET_BUFFER_BYTES)
    return sock
