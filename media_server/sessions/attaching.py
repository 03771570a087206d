"""Brings a session that was answered onto the socket of its worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from media_server.sdp import LocalTransport
from media_server.sdp.shapes import DataPort, Offer
from media_server.sessions.booth_line import LABEL, BoothLine
from media_server.sessions.live_room import Session
from media_server.sessions.rooms import Rooms
from media_server.sessions.viewer import ViewerSession
from media_server.sessions.worker_media import WorkerMedia
from media_server.tokens import MediaGrant
from media_server.transport.ice import IceCredentials
from media_server.transport.peer import PeerTransport


@dataclass(frozen=True, slots=True)
class AnsweredSession:
    """A new session and the answer its peer gets."""

    session: Session
    sdp: str
    ufrag: str


class Attaching:
    """Of one worker."""

    def __init__(self, rooms: Rooms, media: WorkerMedia) -> None:
        self._rooms = rooms
        self._media = media

    def open_line(self, session: ViewerSession, remote: DataPort, grant: MediaGrant) -> None:
        """Give a DJ's session its data channel."""
        assert session.transport is not None
        line = BoothLine(grant.stream_id, grant.subject, lines=self._media.mix_lines, clock=self._media.clock)
        line.transport = session.transport.open_data(remote, label=LABEL, events=line)
        session.line = line

    def attach(
        self,
        session: Session,
        offer: Offer,
        dtls_role: Literal["client", "server"],
        sdp: str,
        credentials: IceCredentials,
    ) -> AnsweredSession:
        """Give a session its transport, and its room the session."""
        session.transport = PeerTransport(
            self._media.endpoint,
            self._media.certificate,
            is_dtls_client=dtls_role == "client",
            fingerprints=offer.fingerprints,
            events=session,
            clock=self._media.clock,
            credentials=credentials,
            needs_consent=isinstance(session, ViewerSession),
        )
        session.remote_ufrag = offer.ice_ufrag
        self._rooms.add(session)
        return AnsweredSession(session, sdp, credentials.ufrag)

    def local(self, credentials: IceCredentials) -> LocalTransport:
        """Our side, as an answer tells it."""
        return LocalTransport(
            credentials.ufrag,
            credentials.password,
            self._media.certificate.sha256_fingerprint,
            self._media.candidates,
            self._media.tcp_candidates,
        )
