"""ICE over TCP (RFC 6544): one listening port for all sessions, for peers whose network lets no UDP through.

Peers connect to us, as the passive candidates of our answers say. Whose a connection is, its first connectivity check
says by its user fragment, as with UDP.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, cast

from media_server.rtp.stream_address import StreamAddress
from media_server.sites import site_of
from media_server.transport.endpoint import UdpEndpoint
from media_server.transport.framing import FrameReader, FramingError, framed
from media_server.transport.sockets import as_known, bound_socket

PROVE_WITHIN_S: Final = 10.0
MAX_UNPROVEN_BYTES: Final = 4_096
"""A few checks and a ClientHello, which a peer may send before its check is answered."""
MAX_QUEUED_BYTES: Final = 256 * 1024
"""Of one connection: 0.8 s at 2.5 Mbps. When it is full, whole packets are dropped, as a full link drops them."""
STUCK_AFTER_S: Final = 5.0
LINGER_S: Final = 2.0
MAX_CONNECTIONS: Final = 2_000
_UNSENT_IN_KERNEL_BYTES: Final = 128 * 1024
"""What waits in the kernel is late too, and cannot be dropped any more."""
_TCP_NOTSENT_LOWAT: Final = 25
_BACKLOG: Final = 256


@dataclass(frozen=True, slots=True)
class TcpLimits:
    """How many connections there may be, and how many of one IPv4 address or IPv6 /64 that nobody has validated yet.

    What is above is closed at once. Above `strangers` of those of all addresses the oldest makes room for the newest,
    so that a flood keeps nobody out who proves himself quickly. Of those that are validated a session has as many as
    it may have addresses: a whole office may watch from one.
    """

    total: int = MAX_CONNECTIONS
    per_site: int = 100
    strangers: int = 256


@dataclass(slots=True)
class TcpCounters:
    """Connections refused for a limit, and closed by us as strangers' or stuck; packets that found a queue full."""

    refused: int = 0
    strangers: int = 0
    stuck: int = 0
    packets_dropped: int = 0


class TcpListener:
    """Accepts connections and hands what they carry to `endpoint`, to which each is one more address."""

    def __init__(self, sock: socket.socket, endpoint: UdpEndpoint, limits: TcpLimits) -> None:
        self.counters = TcpCounters()
        self.endpoint = endpoint
        self._socket = sock
        self._limits = limits
        self._connections: set[TcpConnection] = set()
        self._strangers: dict[TcpConnection, str] = {}
        self._by_site: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._socket.getsockname()[1])

    @property
    def connection_count(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    async def start(self) -> None:
        """Accept from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpConnection(self), sock=self._socket, backlog=_BACKLOG)

    async def stop(self) -> None:
        """Accept nobody, and close every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def admit(self, connection: TcpConnection, site: str) -> bool:
        """Count `connection`; False when there are too many."""
        if len(self._connections) >= self._limits.total or self._by_site[site] >= self._limits.per_site:
            self.counters.refused += 1
            return False
        if len(self._strangers) >= self._limits.strangers:
            next(iter(self._strangers)).give_up()
        self._connections.add(connection)
        self._strangers[connection] = site
        self._by_site[site] += 1
        return True

    def proved(self, connection: TcpConnection) -> None:
        """`connection` is a stranger's no more."""
        site = self._strangers.pop(connection, None)
        if site is not None:
            self._by_site[site] -= 1
            if not self._by_site[site]:
                del self._by_site[site]

    def forget(self, connection: TcpConnection) -> None:
        """`connection` is over."""
        self.proved(connection)
        self._connections.discard(connection)


class TcpConnection(asyncio.Protocol):
    """One connection: frames in, frames out. A stranger's until a peer has validated its address."""

    def __init__(self, listener: TcpListener) -> None:
        self._listener = listener
        self._reader = FrameReader()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._address: StreamAddress | None = None
        self._unproven_bytes = 0
        self._proof: asyncio.TimerHandle | None = None
        self._queued = 0
        self._moved_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        host, port, *_ = transport.get_extra_info("peername") or ("", 0)
        self._address = StreamAddress(as_known(host), port, self)
        # uvloop's transports do all that asyncio's do and are none of their class.
        self._transport = made = cast(asyncio.Transport, transport)
        if not self._listener.admit(self, site_of(as_known(host))):
            self.close()
            return
        made.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_IN_KERNEL_BYTES)
        self._proof = self._loop.call_later(PROVE_WITHIN_S, self.give_up)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._address is None:
            return
        try:
            frames = self._reader.receive(data)
        except FramingError:
            self.give_up()
            return
        # An answer to one of them may be what closes it, and then the next must not revive it.
        while_open = takewhile(lambda _: self._address is not None, frames)
        self._listener.endpoint.receive_stream(while_open, self._address)
        if self._proof is not None and self._address is not None:
            self._look_for_proof(self._address, len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.close()

    def send(self, datagrams: Sequence[bytes]) -> int:
        """See `Stream`."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return 0
        queued, now = transport.get_write_buffer_size(), self._loop.time()
        if not queued or queued < self._queued:
            self._moved_at = now
        elif now - self._moved_at > STUCK_AFTER_S:
            self._listener.counters.stuck += 1
            self.close()
            return 0
        fitting: list[bytes] = []
        for datagram in datagrams:
            queued += len(datagram)
            if queued > MAX_QUEUED_BYTES:
                break
            fitting.append(datagram)
        self._listener.counters.packets_dropped += len(datagrams) - len(fitting)
        if fitting:
            transport.write(framed(fitting))
        self._queued = transport.get_write_buffer_size()
        return len(fitting)

    def give_up(self) -> None:
        """Nobody proved to be at the other end, or nonsense came."""
        self._listener.counters.strangers += 1
        self.close()

    def close(self) -> None:
        """See `Stream`. What was written before still leaves, if it does so soon."""
        if self._transport is None:
            return
        transport, self._transport = self._transport, None
        if self._proof is not None:
            self._proof.cancel()
        transport.close()
        # It waits for what was written to leave, which at a peer that reads nothing is for ever.
        self._loop.call_later(LINGER_S, transport.abort)
        self._listener.forget(self)
        # Nothing is left in a circle: the collector would have to stop everybody to find it.
        address, self._address = self._address, None
        if address is not None:
            self._listener.endpoint.lose_stream(address)

    def _look_for_proof(self, address: StreamAddress, size: int) -> None:
        assert self._proof is not None
        self._unproven_bytes += size
        if self._listener.endpoint.has_address(address):
            self._proof.cancel()
            self._proof = None
            self._listener.proved(self)
        elif self._unproven_bytes > MAX_UNPROVEN_BYTES:
            self.give_up()


def listen_tcp(host: str, port: int) -> socket.socket:
    """A socket to accept on; "::" is both families. Raises OSError when the port is taken."""
    return bound_socket(socket.SOCK_STREAM, host, port)
