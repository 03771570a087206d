"""One peer on the socket: its ICE agent, its DTLS association, its SRTP session, and whether it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from media_server.rtp.leg import Address
from media_server.rtp.packet import is_rtcp
from media_server.rtp.stream_address import StreamAddress
from media_server.sdp.shapes import DataPort
from media_server.transport.consent import Consent
from media_server.transport.dtls import Certificate, DtlsFailed, DtlsTransport
from media_server.transport.endpoint import UdpEndpoint
from media_server.transport.ice import IceAgent, IceCredentials
from media_server.transport.peer_events import NOBODY, DataEvents, PeerEvents
from media_server.transport.rtcp_budget import RtcpBudget
from media_server.transport.sctp import DataTransport
from media_server.transport.srtp import SrtpError, SrtpSession

CONNECT_TIMEOUT_S: Final = 15.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PeerCounters:
    """Datagrams that did not open: forged, replayed, or before the keys were there; and RTCP beyond its budget."""

    refused: int = 0
    excessive: int = 0


class PeerTransport:
    """ICE-lite, DTLS and SRTP of one session on the worker's socket. One bad datagram never ends it.

    `needs_consent` says that the peer is sent media; see `Consent`.
    """

    def __init__(
        self,
        endpoint: UdpEndpoint,
        certificate: Certificate,
        *,
        is_dtls_client: bool,
        fingerprints: tuple[tuple[str, str], ...],
        events: PeerEvents,
        clock: Callable[[], float],
        credentials: IceCredentials,
        needs_consent: bool = True,
    ) -> None:
        self.ice = IceAgent(credentials)
        self.counters = PeerCounters()
        self.srtp: SrtpSession | None = None
        self.consent = Consent(is_required=needs_consent, now=clock())
        self._rtcp_budget = RtcpBudget()
        self._endpoint = endpoint
        self._fingerprints = fingerprints
        self._events = events
        self._clock = clock
        self._closed = False
        self._on_settled: Callable[[], None] | None = None
        self.dtls = DtlsTransport(certificate, send=self._send, is_client=is_dtls_client)
        self.dtls.on_closed(lambda: self._finish("closed by the peer"))
        self._reachable = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = asyncio.create_task(self._connect())
        self._stopping: asyncio.Task[None] | None = None
        self._data: DataTransport | None = None
        self._data_remote: DataPort | None = None
        endpoint.add_ufrag(credentials.ufrag, self)

    def when_settled(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the peer is connected, or is given up: until then it is half open."""
        if self.srtp is not None or self._closed:
            callback()
        else:
            self._on_settled = callback

    def restart_ice(self) -> IceCredentials:
        """New credentials for the same association (RFC 9725 §4.3.3); the ones before stay valid until the next."""
        before = self.ice.ufrags
        fresh = self.ice.restart()
        for ufrag in set(before) - set(self.ice.ufrags):
            self._endpoint.remove_ufrag(ufrag)
        self._endpoint.add_ufrag(fresh.ufrag, self)
        return fresh

    def send_rtcp(self, packet: bytes) -> None:
        """Seal and send one compound RTCP packet; does nothing before the keys are there."""
        if self.srtp is not None:
            self._send(self.srtp.seal_rtcp(packet))

    def receive_check(self, datagram: bytes, source: Address) -> None:
        """See `Peer`."""
        before = self.ice.selected
        answer = self.ice.receive_check(datagram, source)
        if answer is None:
            self.counters.refused += 1
            return
        response, dropped = answer
        if dropped is not None:
            self._endpoint.remove_address(dropped, self)
            _close_stream(dropped)
        self._endpoint.add_address(source, self)
        self._endpoint.send(response, source)
        self.consent.checked(now=self._clock())
        self._reachable.set()
        self._follow(before)

    def lost(self, address: StreamAddress) -> None:
        """See `Peer`."""
        before = self.ice.selected
        self.ice.forget(address)
        self._follow(before)

    def receive(self, datagram: bytes, source: Address) -> None:
        """See `Peer`. Demultiplexed by the first byte (RFC 7983 §7)."""
        first = datagram[0]
        if 19 < first < 64:
            self.dtls.receive(datagram)
            return
        if self.srtp is None or not 127 < first < 192:
            self.counters.refused += 1
            return
        now = self._clock()
        try:
            if is_rtcp(datagram):
                plain, deliver = self.srtp.open_rtcp(datagram), self._deliver_rtcp
            else:
                plain, deliver = self.srtp.open_rtp(datagram), self._events.on_rtp
        except SrtpError:
            self.counters.refused += 1
            return
        self.consent.heard(now=now)
        deliver(plain, now)

    def is_dead(self, now: float) -> bool:
        """Whether a connected peer has been silent for too long, or has not renewed its consent."""
        return self.consent.is_over(now=now)

    def open_data(self, remote: DataPort, *, label: str, events: DataEvents) -> DataTransport:
        """Take messages on the association once it is up; before it may be told `send`, which then does nothing."""
        self._data = DataTransport(
            self.dtls,
            label=label,
            on_open=events.on_data_open,
            on_message=events.on_data,
            on_broken=self.close,
        )
        self._data_remote = remote
        return self._data

    def close(self, reason: str) -> None:
        """End the association: close_notify to the peer, nothing received from now on."""
        self._finish(reason)

    async def wait_closed(self) -> None:
        """Return when the goodbye has been sent."""
        if self._stopping is not None:
            await self._stopping

    def _deliver_rtcp(self, packet: bytes, now: float) -> None:
        if self._rtcp_budget.take(len(packet), now=now):
            self._events.on_rtcp(packet, now)
        else:
            self.counters.excessive += 1

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._reachable.wait()
                keys = await self.dtls.handshake(self._fingerprints)
        except TimeoutError:
            self._finish("no connectivity check arrived")
            return
        except DtlsFailed as error:
            self._finish(str(error))
            return
        if self._closed:
            # Closed in the turn of the loop in which the handshake ended: cancelling came too late to be seen here.
            return
        self.srtp = SrtpSession(keys)
        self.consent.connected(now=self._clock())
        self._settle()
        if self.ice.selected is None:
            # Its only connection ended in the turn of the loop in which the handshake did.
            self._finish("the connection was lost")
            return
        self._events.on_connected(self.srtp, self.ice.selected)
        if self._data is not None and self._data_remote is not None:
            await self._data.begin(self._data_remote.port, self._data_remote.max_message_bytes)

    def _settle(self) -> None:
        callback, self._on_settled = self._on_settled, None
        if callback is not None:
            callback()

    def _follow(self, before: Address | None) -> None:
        after = self.ice.selected
        if self.srtp is not None and after is not None and after != before:
            self._events.on_moved(after)

    def _send(self, datagram: bytes) -> None:
        if self.ice.selected is not None:
            self._endpoint.send(datagram, self.ice.selected)

    def _finish(self, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        for address in self.ice.validated:
            self._endpoint.remove_address(address, self)
        for ufrag in self.ice.ufrags:
            self._endpoint.remove_ufrag(ufrag)
        self._stopping = asyncio.create_task(self._stop())
        _log.debug("peer closed", reason=reason)
        self._settle()
        self._events.on_closed(reason)

    async def _stop(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._data is not None:
            await self._data.stop()
        await self.dtls.stop()
        for address in self.ice.validated:
            _close_stream(address)
        # Nothing is left in a circle: to find such the collector has to stop everybody, for as long as there are many.
        self.dtls.release()
        self._events = NOBODY
        self._connecting = None


def _close_stream(address: Address) -> None:
    if isinstance(address, StreamAddress):
        address.stream.close()
