"""The worker's one UDP socket: drained each wake-up, demultiplexed by ICE user fragment, then by validated address.

Media is handled first, and forwarded, before handshakes and reports are: those of thousands of viewers come in
heaps, and one of them costs as much as the sending of ten packets.

What comes by connections is demultiplexed by the same tables.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from media_server.rtp.leg import Address
from media_server.rtp.packet import is_rtcp
from media_server.rtp.stream_address import StreamAddress
from media_server.transport.ice import is_stun, local_ufrag_of
from media_server.transport.receive import BATCH, choose_receiver
from media_server.transport.sockets import as_mapped, bound_socket

_BATCHES_PER_WAKEUP: Final = 4
"""Then the loop gets a turn: HTTP and timers must not starve behind a flood."""
_LEAST_BESIDE_MEDIA_S: Final = 0.00025
_BESIDE_MEDIA: Final = 0.5
"""Each turn, what is no media is given so much time of that which media took, but the least at least."""
MAX_PUT_OFF: Final = 4096
"""Datagrams that wait for their turn; beyond that they are dropped, as a network would: their senders repeat them."""
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
    """Datagrams received; those dropped unread, empty or oversize, or from nobody we know; and those we failed at.

    `overflowed`: dropped, since too many that are no media waited already.
    """

    received: int = 0
    malformed: int = 0
    unknown: int = 0
    failed: int = 0
    overflowed: int = 0


class UdpEndpoint:
    """Owns the socket and the two tables that say whose a datagram is.

    `on_drained` runs once after each wake-up's media, so that what arrived together is forwarded together.
    """

    def __init__(self, sock: socket.socket, *, on_drained: Callable[[], None]) -> None:
        self._socket = sock
        self._is_ipv6 = sock.family == socket.AF_INET6
        self._on_drained = on_drained
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._receiver = choose_receiver(sock)
        self._put_off: deque[tuple[bytes, Address]] = deque()
        self._next_turn: asyncio.Handle | None = None
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
        if self._next_turn is not None:
            self._next_turn.cancel()
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
        began = time.monotonic()
        self._take((datagram, source) for datagram in datagrams)
        self._end_turn(began)

    def lose_stream(self, source: StreamAddress) -> None:
        """A connection has ended; whose it was is told."""
        peer = self._by_address.pop(source, None)
        if peer is not None:
            peer.lost(source)

    def _drain(self) -> None:
        began = time.monotonic()
        for _ in range(_BATCHES_PER_WAKEUP):
            batch = self._receiver.receive()
            self.counters.received += len(batch)
            self._take(batch)
            if len(batch) < BATCH:
                break
        self._end_turn(began)

    def _take(self, received: Iterable[tuple[bytes, Address]]) -> None:
        """Handle media and checks; put off the rest."""
        counters, put_off = self.counters, self._put_off
        for datagram, source in received:
            if not datagram:
                counters.malformed += 1
            elif (127 < datagram[0] < 192 and not is_rtcp(datagram)) or is_stun(datagram):
                # Checks keep their place: they say whose the media behind them is.
                self._handle(datagram, source)
            elif len(put_off) < MAX_PUT_OFF:
                put_off.append((datagram, source))
            else:
                counters.overflowed += 1

    def _end_turn(self, began: float) -> None:
        """Forward the media of a turn that began at `began`, then see to what was put off, for a while."""
        self._on_drained()
        put_off = self._put_off
        if not put_off:
            return
        now = time.monotonic()
        until = now + max(_LEAST_BESIDE_MEDIA_S, _BESIDE_MEDIA * (now - began))
        while put_off and now < until:
            self._handle(*put_off.popleft())
            now = time.monotonic()
        if put_off and self._next_turn is None:
            self._next_turn = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._next_turn = None
        self._drain()

    def _handle(self, datagram: bytes, source: Address) -> None:
        try:
            self._dispatch(datagram, source)
        except Exception:  # noqa: BLE001 - our bug, in one session; the rest is other people's
            self.counters.failed += 1
            if self.counters.failed.bit_count() == 1:
                # The first, the second, the fourth: whoever found out how must not fill the log by it.
                _log.exception("a datagram could not be handled", failed=self.counters.failed)

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
