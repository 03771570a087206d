"""A room with its people: admits publishers and viewers, and carries what they send to the router and to HLS."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from media_server.egress.hls.egress import HlsEgress
from media_server.router.producer import Kind
from media_server.router.room import FanOut, Room
from media_server.router.room_state import EndedReason, RoomPhase
from media_server.rtp.ntp import ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.sessions.dropped import DroppedViewers
from media_server.sessions.presence import HlsPresence
from media_server.sessions.publisher import PublisherHooks, PublisherSession
from media_server.sessions.viewer import ViewerHooks, ViewerSession

MAX_SESSIONS_PER_VIEWER: Final = 3
"""A viewer who reconnects may hold an old session for a few seconds; more is somebody sharing a token."""

Session = PublisherSession | ViewerSession

_log = structlog.get_logger(__name__)


class Clock(Protocol):
    """Monotonic seconds, and the Unix time at which they were zero."""

    unix_at_zero: float

    def __call__(self) -> float: ...


@dataclass(frozen=True, slots=True)
class RoomHooks:
    """What a room tells its registry."""

    changed: Callable[[], None]
    received: Callable[[LiveRoom], None]
    session_closed: Callable[[Session], None]


class LiveRoom:
    """Wires one stream's sessions, router room and HLS together; the rules are in those."""

    def __init__(
        self,
        stream_id: str,
        *,
        grace_s: float,
        fan_out: FanOut,
        hls: Callable[[Callable[[], None]], HlsEgress],
        clock: Clock,
        hooks: RoomHooks,
    ) -> None:
        self.stream_id = stream_id
        self.room = Room(stream_id, grace_s=grace_s, now=clock())
        self.hls = hls(self._request_keyframe)
        self.hls_presence = HlsPresence()
        self._dropped = DroppedViewers()
        self.publisher: PublisherSession | None = None
        self.viewers: dict[str, ViewerSession] = {}
        self.cname = secrets.token_hex(8)
        self._connecting: PublisherSession | None = None
        self._fan_out = fan_out
        self._clock = clock
        self._hooks = hooks
        self._phase = self.room.state.phase

    @property
    def publisher_hooks(self) -> PublisherHooks:
        """The hooks a new publisher session of this room gets."""
        return PublisherHooks(
            connected=self._publisher_connected,
            heard=self._publisher_heard,
            media=self._media,
            sender_report=self._sender_report,
            closed=self._publisher_closed,
        )

    @property
    def viewer_hooks(self) -> ViewerHooks:
        """The hooks a new viewer session of this room gets."""
        return ViewerHooks(started=lambda _: self._hooks.changed(), closed=self._viewer_closed)

    @property
    def has_publisher(self) -> bool:
        """Whether a publisher is here or on its way."""
        return self.publisher is not None or self._connecting is not None

    def publisher_in_the_way(self, generation: int) -> bool:
        """Whether a publisher of `generation` must be refused: one of the same or a newer generation is here."""
        return self.publisher is not None and self.room.state.generation >= generation

    def is_superseded(self, generation: int) -> bool:
        """Whether a newer publisher than one of `generation` has been here or is on its way."""
        connecting = self._connecting.generation if self._connecting is not None else 0
        return generation < max(self.room.state.generation, connecting)

    def add_publisher(self, session: PublisherSession) -> None:
        """A publisher whose offer was answered; it takes the room when its transport is up."""
        if self._connecting is not None:
            self._connecting.close("replaced by a newer attempt")
        self._connecting = session

    def add_viewer(self, session: ViewerSession) -> None:
        """A viewer whose offer was answered."""
        same = [s for s in self.viewers.values() if s.viewer_id == session.viewer_id]
        for oldest in same[: max(0, len(same) + 1 - MAX_SESSIONS_PER_VIEWER)]:
            oldest.close("replaced by a newer session of the same viewer")
        self.viewers[session.session_id] = session

    def drop_viewer(self, viewer_id: str) -> None:
        """Disconnect a viewer on every path, and let nobody in any more by that viewer's token."""
        self._dropped.add(viewer_id, now=self._clock())
        self.hls_presence.forget(viewer_id)
        for session in [s for s in self.viewers.values() if s.viewer_id == viewer_id]:
            session.close("dropped")

    def is_dropped(self, viewer_id: str) -> bool:
        """Whether `viewer_id` was told to go."""
        return self._dropped.has(viewer_id, now=self._clock())

    def viewer_asked_for_hls(self, viewer_id: str) -> None:
        """A viewer's player asked for a playlist or media."""
        if self.hls_presence.seen(viewer_id, now=self._clock()):
            self._hooks.changed()

    def present(self) -> set[str]:
        """The ids of all who watch, by WebRTC or HLS."""
        webrtc = {session.viewer_id for session in self.viewers.values() if session.is_watching}
        return webrtc | self.hls_presence.present(now=self._clock())

    def end(self, reason: EndedReason) -> None:
        """The stream is over: everyone is disconnected, HLS playlists end."""
        now = self._clock()
        self.room.state.end(reason, now=now)
        self._note_phase(now)

    def poll(self, now: float) -> None:
        """Timers of the room; called every few milliseconds."""
        self.room.state.poll(now=now)
        self._note_phase(now)
        if self.publisher is not None:
            self.publisher.poll(now)
        self.room.catch_up(self._fan_out)
        self.hls.poll(now=now)

    def drop_dead(self, now: float) -> None:
        """Close sessions that have been silent for too long; called about each second."""
        for session in self._sessions():
            if session.transport is not None and session.transport.is_dead(now):
                session.transport.close("silent for too long")

    def _publisher_connected(self, session: PublisherSession) -> None:
        now = self._clock()
        previous, self.publisher = self.publisher, session
        self._connecting = None
        if previous is not None:
            previous.close("taken over by a newer publisher")
        self.room.state.generation = session.generation
        viewers_can_stay = self.room.set_sources(session.sources)
        session.feed(self.room, unix_at_zero=self._clock.unix_at_zero)
        self.room.state.publisher_heard(now=now)
        codecs = {source.kind: source.codec.name for source in session.sources}
        self.hls.set_tracks(video_codec=codecs.get("video"), audio_codec=codecs.get("audio"), now=now)
        self._phase = self.room.state.phase
        if not viewers_can_stay:
            for viewer in list(self.viewers.values()):
                viewer.close("the stream's codecs changed")
        self._request_keyframe()
        _log.info("publisher connected", stream_id=self.stream_id, generation=session.generation, codecs=codecs)
        self._hooks.changed()

    def _publisher_heard(self, now: float) -> None:
        self.room.state.publisher_heard(now=now)

    def _media(self, kind: Kind, packet: RtpPacket, now: float) -> None:
        self.hls.receive(kind, packet, now=now)
        self._hooks.received(self)

    def _sender_report(self, kind: Kind, report: SenderReport, now: float) -> None:
        self.hls.sender_report(
            kind, ntp_s=ntp_to_unix(report.ntp_timestamp), rtp_timestamp=report.rtp_timestamp, now=now
        )

    def _publisher_closed(self, session: PublisherSession) -> None:
        if session is self._connecting:
            self._connecting = None
        if session is self.publisher:
            self.publisher = None
            now = self._clock()
            self.room.state.publisher_lost(now=now)
            self._note_phase(now)
        self._hooks.session_closed(session)

    def _viewer_closed(self, session: ViewerSession) -> None:
        self.viewers.pop(session.session_id, None)
        self._hooks.session_closed(session)
        self._hooks.changed()

    def _note_phase(self, now: float) -> None:
        phase = self.room.state.phase
        if phase is self._phase:
            return
        self._phase = phase
        _log.info("room changed", stream_id=self.stream_id, phase=str(phase))
        if phase is RoomPhase.INTERRUPTED:
            self.hls.interrupt(now=now)
        elif phase is RoomPhase.ENDED:
            self.hls.end(now=now)
            for session in self._sessions():
                session.close("the stream ended")
        self._hooks.changed()

    def _sessions(self) -> list[Session]:
        publishers = (self.publisher, self._connecting)
        return [*self.viewers.values(), *(session for session in publishers if session is not None)]

    def _request_keyframe(self) -> None:
        track = self.room.tracks.get("video")
        if track is not None:
            track.producer.keyframes.request(now=self._clock())
