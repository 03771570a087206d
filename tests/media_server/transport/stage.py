"""An endpoint with sessions on it, and clients that connect to them: everything of the transport but the rooms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from struct import pack

from media_server.rtp.leg import Address
from media_server.rtp.packet import RtpPacket
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint, bind_udp
from media_server.transport.ice import IceCredentials
from media_server.transport.peer import PeerTransport
from media_server.transport.srtp import SrtpSession
from tests.support.dtls_peer import DtlsPeer, ecdsa_identity
from tests.support.offers import RemoteTransport
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


@dataclass
class Heard:
    """What a session heard from its transport."""

    srtp: SrtpSession | None = None
    address: Address | None = None
    rtp: list[bytes] = field(default_factory=list)
    rtcp: list[bytes] = field(default_factory=list)
    moves: list[Address] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def on_connected(self, session: SrtpSession, address: Address) -> None:
        self.srtp, self.address = session, address

    def on_rtp(self, packet: bytes, now: float) -> None:
        self.rtp.append(packet)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        self.rtcp.append(packet)

    def on_moved(self, address: Address) -> None:
        self.moves.append(address)

    def on_closed(self, reason: str) -> None:
        self.closed.append(reason)


@dataclass
class Session:
    """One of the server's sessions, and what it heard."""

    transport: PeerTransport
    heard: Heard
    credentials: IceCredentials


class TransportStage:
    """A server socket whose wake-ups are counted."""

    def __init__(self) -> None:
        self.drained = 0
        self.loop = asyncio.get_running_loop()
        self.certificate = Certificate.generateCertificate()
        assert isinstance(self.certificate, Certificate)
        self.endpoint = UdpEndpoint(bind_udp("127.0.0.1", 0), on_drained=self._on_drained)
        self.endpoint.start(self.loop)
        self.sessions: list[Session] = []
        self.clients: list[WebRtcClient] = []

    @property
    def address(self) -> Address:
        return "127.0.0.1", self.endpoint.port

    def session(
        self, client: WebRtcClient, *, is_client: bool = False, fingerprint: str = "", address: Address | None = None
    ) -> Session:
        """A session that expects `client`, told to it as an answer would; `is_client` is the server's DTLS role.

        The client is to send to `address`, that of the UDP socket unless it is given.
        """
        credentials = IceCredentials.generate()
        heard = Heard()
        transport = PeerTransport(
            self.endpoint,
            self.certificate,
            is_dtls_client=is_client,
            fingerprints=(("sha-256", fingerprint or client.identity.fingerprint),),
            events=heard,
            clock=time.monotonic,
            credentials=credentials,
        )
        client.use_remote(
            RemoteTransport(
                address or self.address,
                credentials.ufrag,
                credentials.password,
                self.certificate.sha256_fingerprint,
                "active" if is_client else "passive",
            )
        )
        session = Session(transport, heard, credentials)
        self.sessions.append(session)
        self.clients.append(client)
        return session

    async def connected(self) -> tuple[WebRtcClient, Session]:
        """A client and its session, keys agreed on both sides."""
        client = WebRtcClient()
        session = self.session(client)
        await client.connect()
        return client, session

    def _on_drained(self) -> None:
        self.drained += 1


@asynccontextmanager
async def transport_stage() -> AsyncIterator[TransportStage]:
    """A stage that is taken down at the end."""
    stage = TransportStage()
    try:
        yield stage
    finally:
        for session in stage.sessions:
            session.transport.close("the test is over")
            await session.transport.wait_closed()
        for client in stage.clients:
            await client.close()
        stage.endpoint.stop(stage.loop)


def client_hello() -> bytes:
    return DtlsPeer(ecdsa_identity(), "").advance()[0]


def plain_rtp() -> bytes:
    return pack("!BBHII", 0x80, 96, 1, 1, 1) + bytes(80)


async def goes_on(client: WebRtcClient, heard: list[bytes], number: int = 1) -> None:
    """Media of `client` still arrives."""
    packet = RtpPacket(96, 1000 + number, 90, 7, payload=b"media")
    client.send_rtp(packet)
    await eventually(lambda: heard[-1:] == [packet.serialize()], timeout_s=3)
