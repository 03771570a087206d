"""A WebRTC peer a test holds in its hands: ICE, DTLS and SRTP on one UDP socket, every datagram its own to send."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import pylibsrtp
from aioice import stun

from media_server.rtp.packet import RtpPacket, is_rtcp
from media_server.rtp.rtcp import RtcpPacket, parse_compound, serialize_compound
from tests.support.dtls_peer import ALL_PROFILES, DtlsError, DtlsIdentity, DtlsPeer, Profile, ecdsa_identity
from tests.support.lossy_link import Link, LossyLink
from tests.support.offers import OfferedMedia, RemoteTransport, Setup, write_offer
from tests.support.waiting import eventually

Address = tuple[str, int]
CHECK_EVERY_S = 0.05
CONSENT_EVERY_S = 1.0
MAX_KEPT = 100_000
_RECEIVE_BUFFER = 4 << 20


class WebRtcClient:
    """Connects after `use_answer` and `connect`. What arrives is kept, oldest first, and told to `on_rtp`, `on_rtcp`.

    It sends from `host`, of either family. `uplink` and `downlink` may be replaced at any time: they carry every
    datagram from then on.
    """

    def __init__(
        self,
        *,
        identity: DtlsIdentity | None = None,
        profiles: Sequence[Profile] = ALL_PROFILES,
        setup: Setup = "actpass",
        host: str = "127.0.0.1",
    ) -> None:
        self.host = host
        self.identity = identity or ecdsa_identity()
        self.setup: Setup = setup
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(16)
        self.uplink: Link = LossyLink()
        self.downlink: Link = LossyLink()
        self.rtp: deque[RtpPacket] = deque(maxlen=MAX_KEPT)
        self.rtcp: deque[RtcpPacket] = deque(maxlen=MAX_KEPT)
        self.on_rtp: Callable[[RtpPacket], None] = lambda _: None
        self.on_rtcp: Callable[[RtcpPacket], None] = lambda _: None
        self.responses: deque[stun.Message] = deque(maxlen=1000)
        self.undecryptable = 0
        self.is_consenting = True
        self.error: DtlsError | None = None
        self.remote: RemoteTransport | None = None
        self.dtls: DtlsPeer | None = None
        self._profiles = profiles
        self._sender: pylibsrtp.Session | None = None
        self._receiver: pylibsrtp.Session | None = None
        self._loop = asyncio.get_running_loop()
        self._ticking: asyncio.Task[None] | None = None
        self.socket = self._open_socket()

    @property
    def address(self) -> Address:
        """Where it sends from."""
        host, port, *_ = self.socket.getsockname()
        return host, port

    @property
    def is_connected(self) -> bool:
        """Whether keys are agreed."""
        return self._sender is not None

    @property
    def is_closed_by_server(self) -> bool:
        """Whether a close_notify came."""
        return self.dtls is not None and self.dtls.is_closed

    def offer(self, media: OfferedMedia) -> str:
        """The SDP this peer posts."""
        return write_offer(media, self.identity, ufrag=self.ufrag, password=self.password, setup=self.setup)

    def use_answer(self, sdp: str) -> None:
        """Take the server's answer."""
        self.use_remote(RemoteTransport.of(sdp, ip_version=ip_address(self.host).version))

    def use_remote(self, remote: RemoteTransport) -> None:
        """Take the server's transport as it is."""
        self.remote = remote
        is_client = self.remote.setup == "passive"
        self.dtls = DtlsPeer(self.identity, self.remote.fingerprint, is_client=is_client, profiles=self._profiles)

    def use_credentials(self, ufrag: str, password: str) -> None:
        """The server's ICE credentials after a restart; the association stays."""
        assert self.remote is not None
        self.remote = replace(self.remote, ufrag=ufrag, password=password)

    async def connect(self, *, timeout_s: float = 10.0) -> None:
        """Checks, then the handshake. Raises DtlsError, TimeoutError."""
        self._ticking = asyncio.create_task(self._tick())
        await eventually(lambda: self.is_connected or self.error is not None, timeout_s=timeout_s)
        if self.error is not None:
            raise self.error

    def check(self, *, nominate: bool = True) -> None:
        """One connectivity check."""
        self.transmit(self.binding_request(nominate=nominate))

    def binding_request(self, *, nominate: bool = True) -> bytes:
        """A signed check (RFC 8445 §7.2.2)."""
        assert self.remote is not None
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.remote.ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1_845_501_695
        request.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.remote.password.encode())
        request.add_fingerprint()
        return bytes(request)

    def send_rtp(self, packet: RtpPacket | bytes) -> None:
        """Seal and send."""
        self.transmit(self.seal(packet))

    def seal(self, packet: RtpPacket | bytes) -> bytes:
        """SRTP of `packet`."""
        assert self._sender is not None
        return bytes(self._sender.protect(packet if isinstance(packet, bytes) else packet.serialize()))

    def send_rtcp(self, *packets: RtcpPacket) -> None:
        """Seal and send one compound packet."""
        assert self._sender is not None
        self.transmit(bytes(self._sender.protect_rtcp(serialize_compound(packets))))

    def transmit(self, datagram: bytes) -> None:
        """Send `datagram` as it is, over the uplink."""
        assert self.remote is not None
        address = self.remote.address
        self.uplink.carry(partial(self._put, datagram, address), self._loop.call_later, size=len(datagram))

    def roam(self) -> None:
        """Go on from another port; the old one is gone."""
        self._close_socket()
        self.socket = self._open_socket()

    def say_goodbye(self) -> None:
        """Send close_notify."""
        assert self.dtls is not None
        for datagram in self.dtls.close():
            self.transmit(datagram)

    async def close(self) -> None:
        """Go away without a word."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        self._close_socket()

    def _open_socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.bind((self.host, 0))
        self._loop.add_reader(sock.fileno(), self._readable)
        return sock

    def _close_socket(self) -> None:
        if self.socket.fileno() >= 0:
            self._loop.remove_reader(self.socket.fileno())
            self.socket.close()

    def _put(self, datagram: bytes, address: Address) -> None:
        # A delayed datagram may outlive the socket, as it would outlive a peer that is gone.
        if self.socket.fileno() >= 0:
            self.socket.sendto(datagram, address)

    async def _tick(self) -> None:
        while True:
            if self.is_consenting:
                self.check()
            if self.is_connected:
                await asyncio.sleep(CONSENT_EVERY_S)
                continue
            if self.dtls is not None and self.responses:
                for datagram in self.dtls.retransmit():
                    self.transmit(datagram)
            await asyncio.sleep(CHECK_EVERY_S)

    def _readable(self) -> None:
        while True:
            try:
                datagram = self.socket.recv(65_536)
            except OSError:
                return
            self.downlink.carry(partial(self._receive, datagram), self._loop.call_later, size=len(datagram))

    def _receive(self, datagram: bytes) -> None:
        first = datagram[0]
        if first < 4:
            self._on_stun(datagram)
        elif 20 <= first < 64:
            self._on_dtls(datagram)
        elif 128 <= first < 192:
            self._on_srtp(datagram)

    def _on_stun(self, datagram: bytes) -> None:
        assert self.remote is not None
        message = stun.parse_message(datagram)
        if not message.check_message_integrity(self.remote.password.encode()):
            return
        is_first = not self.responses
        self.responses.append(message)
        if is_first and self.remote.setup == "passive":
            self._on_dtls(None)

    def _on_dtls(self, datagram: bytes | None) -> None:
        assert self.dtls is not None
        if self.error is not None:
            return
        try:
            for answer in self.dtls.advance(datagram):
                self.transmit(answer)
        except DtlsError as error:
            self.error = error
            return
        if self.dtls.is_connected and self._sender is None:
            self._sender, self._receiver = self.dtls.sessions()

    def _on_srtp(self, datagram: bytes) -> None:
        if self._receiver is None:
            return
        try:
            if is_rtcp(datagram):
                for part in parse_compound(bytes(self._receiver.unprotect_rtcp(datagram))):
                    self.rtcp.append(part)
                    self.on_rtcp(part)
            else:
                packet = RtpPacket.parse(bytes(self._receiver.unprotect(datagram)))
                self.rtp.append(packet)
                self.on_rtp(packet)
        except pylibsrtp.Error:
            self.undecryptable += 1
