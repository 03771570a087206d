"""Every room of this worker: answers offers, keeps the timers running, says what is live."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from media_server.egress.hls.egress import HlsEgress
from media_server.router.room import FanOut
from media_server.router.room_state import EndedReason, RoomPhase
from media_server.sdp import LocalTransport, answer_publisher, answer_viewer, parse_offer
from media_server.sdp.shapes import Answer, Kind, Offer, ReceivedTrack, SentTrack
from media_server.sessions.live_room import LiveRoom, RoomHooks, Session
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.viewer import ViewerSession
from media_server.tokens import MediaGrant
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint
from media_server.transport.ice import IceCredentials
from media_server.transport.peer import PeerTransport

TICK_S: Final = 0.01
_ENDED_ROOM_KEPT_S: Final = 60.0
_DEAD_CHECK_S: Final = 1.0

_log = structlog.get_logger(__name__)


class Refused(Exception):
    """A session that cannot be had now. `code` is stable."""

    def __init__(
        self,
        code: Literal[
            "STREAM_NOT_LIVE", "STREAM_ENDED", "ALREADY_PUBLISHING", "SUPERSEDED", "VIEWER_DROPPED", "WORKER_FULL"
        ],
        message: str,
    ) -> None:
        super().__init__(message)
        self.code = code


class MonotonicClock:
    """The clock of a worker: monotonic seconds, tied once to Unix time so that it never steps."""

    def __init__(self) -> None:
        self.unix_at_zero = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class WorkerMedia:
    """What all sessions of a worker share."""

    endpoint: UdpEndpoint
    fan_out: FanOut
    certificate: Certificate
    candidates: tuple[tuple[str, int], ...]
    make_hls: Callable[[Callable[[], None]], HlsEgress]
    clock: MonotonicClock


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What one worker takes on, and how it treats publishers."""

    max_sessions: int
    grace_s: float
    opus_bitrate_bps: int
    video_bitrate_bps: int


@dataclass(frozen=True, slots=True)
class AnsweredSession:
    """A new session and the answer its peer gets."""

    session: Session
    sdp: str
    ufrag: str


class Rooms:
    """Finds and makes rooms and sessions. Call `poll` every TICK_S."""

    def __init__(self, media: WorkerMedia, limits: RoomLimits, *, changed: Callable[[], None]) -> None:
        self._media = media
        self._limits = limits
        self._changed = changed
        self._rooms: dict[str, LiveRoom] = {}
        self._sessions: dict[str, Session] = {}
        self._to_flush: set[LiveRoom] = set()
        self._next_dead_check = 0.0

    def __iter__(self) -> Iterator[LiveRoom]:
        return iter(self._rooms.values())

    def find_room(self, stream_id: str) -> LiveRoom | None:
        """The room of a stream, also for a minute after its end."""
        return self._rooms.get(stream_id)

    def find_session(self, session_id: str) -> Session | None:
        """A session of this worker."""
        return self._sessions.get(session_id)

    def publish(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer a publisher's offer. Raises Refused, SdpError."""
        room = self._rooms.get(grant.stream_id)
        if room is not None:
            self._check_publisher(room, grant)
        self._check_capacity()
        offer = parse_offer(offer_sdp)
        credentials = IceCredentials.generate()
        answer: Answer[ReceivedTrack] = answer_publisher(
            offer,
            self._local(credentials),
            opus_bitrate_bps=self._limits.opus_bitrate_bps,
            video_bitrate_bps=self._limits.video_bitrate_bps,
        )
        if room is None:
            room = self._open_room(grant.stream_id)
        session = PublisherSession(
            secrets.token_urlsafe(18),
            user_id=grant.subject,
            token_id=grant.token_id,
            generation=grant.generation,
            tracks=answer.tracks,
            cname=room.cname,
            clock=self._media.clock,
            hooks=room.publisher_hooks,
        )
        room.add_publisher(session)
        return self._attach(session, offer, answer.dtls_role, answer.sdp, credentials)

    def watch(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer a viewer's offer. Raises Refused, SdpError."""
        room = self._rooms.get(grant.stream_id)
        if room is None or room.room.state.phase is RoomPhase.WAITING or not room.room.sources:
            raise Refused("STREAM_NOT_LIVE", "nobody is publishing this stream yet")
        if room.room.state.is_over:
            raise Refused("STREAM_ENDED", "the stream has ended")
        if room.is_dropped(grant.subject):
            raise Refused("VIEWER_DROPPED", "this viewer has left the stream or was removed from it; join it again")
        self._check_capacity()
        offer = parse_offer(offer_sdp)
        credentials = IceCredentials.generate()
        ssrcs: dict[Kind, tuple[int, int]] = {
            kind: (secrets.randbits(32), secrets.randbits(32)) for kind in room.room.tracks
        }
        answer: Answer[SentTrack] = answer_viewer(
            offer,
            self._local(credentials),
            room.room.sources,
            stream_id=grant.stream_id,
            cname=room.cname,
            ssrcs=ssrcs,
        )
        session = ViewerSession(
            secrets.token_urlsafe(18),
            viewer_id=grant.subject,
            token_id=grant.token_id,
            room=room.room,
            tracks=answer.tracks,
            cname=room.cname,
            fan_out=self._media.fan_out,
            clock=self._media.clock,
            hooks=room.viewer_hooks,
        )
        room.add_viewer(session)
        return self._attach(session, offer, answer.dtls_role, answer.sdp, credentials)

    def local_transport(self, session: Session) -> LocalTransport:
        """Our side of a session's transport, as an ICE restart answers it."""
        assert session.transport is not None
        return self._local(session.transport.ice.credentials)

    def end(self, stream_id: str, reason: EndedReason) -> None:
        """End a stream if it is here."""
        room = self._rooms.get(stream_id)
        if room is not None:
            room.end(reason)

    def close_all(self, reason: str) -> None:
        """Say goodbye to everyone; the worker is going down."""
        for session in list(self._sessions.values()):
            session.close(reason)

    def flush(self) -> None:
        """Forward what the socket's last wake-up brought."""
        for room in self._to_flush:
            room.room.flush(self._media.fan_out)
        self._to_flush.clear()

    def poll(self) -> None:
        """Run every room's timers; forget rooms that ended a minute ago."""
        now = self._media.clock()
        check_dead = now >= self._next_dead_check
        if check_dead:
            self._next_dead_check = now + _DEAD_CHECK_S
        for room in list(self._rooms.values()):
            room.poll(now)
            if check_dead:
                room.drop_dead(now)
            if self._is_done(room, now):
                del self._rooms[room.stream_id]
                self._changed()

    def _is_done(self, room: LiveRoom, now: float) -> bool:
        state = room.room.state
        if state.phase is RoomPhase.WAITING:
            return not room.has_publisher
        return state.is_over and now - state.since > _ENDED_ROOM_KEPT_S

    def _check_publisher(self, room: LiveRoom, grant: MediaGrant) -> None:
        if room.room.state.is_over:
            raise Refused("STREAM_ENDED", "the stream has ended")
        if room.is_superseded(grant.generation):
            raise Refused("SUPERSEDED", "the stream went on from another device; ask for a new publish token")
        if room.publisher_in_the_way(grant.generation):
            raise Refused("ALREADY_PUBLISHING", "somebody is publishing this stream with the same token")

    def _check_capacity(self) -> None:
        if len(self._sessions) >= self._limits.max_sessions:
            raise Refused("WORKER_FULL", "this media server has no room for another session")

    def _open_room(self, stream_id: str) -> LiveRoom:
        room = LiveRoom(
            stream_id,
            grace_s=self._limits.grace_s,
            fan_out=self._media.fan_out,
            hls=self._media.make_hls,
            clock=self._media.clock,
            hooks=RoomHooks(changed=self._changed, received=self._to_flush.add, session_closed=self._forget),
        )
        self._rooms[stream_id] = room
        return room

    def _attach(
        self,
        session: Session,
        offer: Offer,
        dtls_role: Literal["client", "server"],
        sdp: str,
        credentials: IceCredentials,
    ) -> AnsweredSession:
        session.transport = PeerTransport(
            self._media.endpoint,
            self._media.certificate,
            is_dtls_client=dtls_role == "client",
            fingerprints=offer.fingerprints,
            events=session,
            clock=self._media.clock,
            credentials=credentials,
        )
        session.remote_ufrag = offer.ice_ufrag
        self._sessions[session.session_id] = session
        return AnsweredSession(session, sdp, credentials.ufrag)

    def _local(self, credentials: IceCredentials) -> LocalTransport:
        return LocalTransport(
            credentials.ufrag, credentials.password, self._media.certificate.sha256_fingerprint, self._media.candidates
        )

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.session_id, None)


async def keep_polling(rooms: Rooms) -> None:
    """Poll `rooms` until cancelled; a bug in one room's timers is logged and does not stop the others for good."""
    while True:
        await asyncio.sleep(TICK_S)
        try:
            rooms.poll()
        except Exception:  # noqa: BLE001 - one room's bug must not stop the others' timers
            _log.exception("room timers failed")
