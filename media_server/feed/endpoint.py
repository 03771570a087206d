"""The worker's UDP socket for feeds: datagrams are told apart by the SSRC that their sender was granted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from struct import Struct
from typing import Final, Protocol

from media_server.rtp.leg import Address
from media_server.rtp.packet import is_rtcp
from media_server.transport.sockets import IpVersion, version_of

MAX_DATAGRAM_BYTES: Final = 1500
_DATAGRAMS_PER_WAKEUP: Final = 256
"""Then the loop gets a turn: viewers and timers must not starve behind a flood."""
_SSRC: Final = Struct("!L")
_SSRC_IN_RTP: Final = 8
_SSRC_IN_RTCP: Final = 4


class FeedPeer(Protocol):
    """A feed as the endpoint sees it."""

    def receive(self, datagram: bytes, source: Address) -> None:
        """A datagram under one of its SSRCs; nobody looked whether it is genuine."""


@dataclass(slots=True)
class FeedCounters:
    """Datagrams received, and those dropped unread: empty, oversize or too short, or under an SSRC of no feed."""

    received: int = 0
    malformed: int = 0
    unknown: int = 0


class FeedEndpoint:
    """Owns its sockets, one for each family of IP, and the table of SSRCs.

    `on_drained` runs once after each wake-up's datagrams.
    """

    def __init__(self, *sockets: socket.socket, on_drained: Callable[[], None]) -> None:
        self._sockets: dict[IpVersion, socket.socket] = {version_of(sock.getsockname()[0]): sock for sock in sockets}
        self._on_drained = on_drained
        self._by_ssrc: dict[int, FeedPeer] = {}
        self._buffer = bytearray(65_536)
        self._view = memoryview(self._buffer)
        self.counters = FeedCounters()

    @property
    def address(self) -> Address:
        """Where mixers send to: that of the first socket."""
        return _address(next(iter(self._sockets.values())))

    @property
    def ip_versions(self) -> tuple[IpVersion, ...]:
        """The families it has an address of, the first one first."""
        return tuple(self._sockets)

    def address_among(self, versions: Collection[IpVersion]) -> Address | None:
        """The first of its addresses that is of one of these families."""
        return next((_address(sock) for version, sock in self._sockets.items() if version in versions), None)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read from the sockets in `loop` from now on."""
        for sock in self._sockets.values():
            loop.add_reader(sock.fileno(), self._drain, sock)

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop reading and close the sockets."""
        for sock in self._sockets.values():
            loop.remove_reader(sock.fileno())
            sock.close()

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram now, or lose it: what matters is said again each second.

        `address` is of one of `ip_versions`.
        """
        try:
            self._sockets[version_of(address[0])].sendto(datagram, address)
        except OSError:
            # A full buffer, or a mixer that is gone, which its silence tells.
            return

    def owner(self, ssrc: int) -> FeedPeer | None:
        """Whose `ssrc` is."""
        return self._by_ssrc.get(ssrc)

    def add(self, ssrcs: Iterable[int], peer: FeedPeer) -> None:
        """What comes under `ssrcs` goes to `peer` from now on, whoever had them before."""
        for ssrc in ssrcs:
            self._by_ssrc[ssrc] = peer

    def remove(self, ssrcs: Iterable[int], peer: FeedPeer) -> None:
        """`ssrcs` are nobody's; one that another peer has taken since stays."""
        for ssrc in ssrcs:
            if self._by_ssrc.get(ssrc) is peer:
                del self._by_ssrc[ssrc]

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            try:
                length, source = sock.recvfrom_into(self._buffer)
            except BlockingIOError:
                break
            except OSError:
                # ICMP errors of earlier sends surface here; they say nothing about the next datagram.
                continue
            self.counters.received += 1
            # An IPv6 address comes with its flow and scope.
            self._dispatch(bytes(self._view[: min(length, MAX_DATAGRAM_BYTES + 1)]), source[:2])
        self._on_drained()

    def _dispatch(self, datagram: bytes, source: Address) -> None:
        position = _SSRC_IN_RTCP if is_rtcp(datagram) else _SSRC_IN_RTP
        if not position + _SSRC.size <= len(datagram) <= MAX_DATAGRAM_BYTES:
            self.counters.malformed += 1
            return
        peer = self._by_ssrc.get(_SSRC.unpack_from(datagram, position)[0])
        if peer is None:
            self.counters.unknown += 1
            return
        peer.receive(datagram, source)


def _address(sock: socket.socket) -> Address:
    host, port = sock.getsockname()[:2]
    return host, port
