"""A room: what feeds it, what it forwards, and those who are sent it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from media_server.egress.hls.egress import HlsEgress
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.router.room import Room
from media_server.router.room_state import EndedReason, RoomPhase
from media_server.rtp.leg_list import FanOut
from media_server.sessions.audience import Audience
from media_server.sessions.later_source import LaterRtpSource
from media_server.sessions.outputs import MakeOutputs, Outputs
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.relayed import RelayIntake
from media_server.sessions.relaying import RelayHooks, RelaySession
from media_server.sessions.spec import StreamSpec
from media_server.sessions.stage import Clock, Feeding, Intake, Stage
from media_server.sessions.viewer import ViewerHooks, ViewerSession
from media_server.transcode.aac_track import AacTrack
from media_server.transcode.sounds import Sounds

Session = PublisherSession | ViewerSession
"""What a client opened with SDP."""
Role = Literal["origin", "edge"]

_LOOK_EVERY_S: Final = 0.049
"""What waits for nobody's packets is looked at so often: whether the publisher is heard, and HLS."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RoomHooks:
    """What a room tells its registry."""

    changed: Callable[[], None]
    received: Callable[[LiveRoom], None]
    session_closed: Callable[[Session | Feeding | RelaySession], None]


class LiveRoom:
    """Wires one stream's intake, router room, hub, HLS and audience together; the rules are in those."""

    def __init__(
        self,
        stream_id: str,
        *,
        grace_s: float,
        fan_out: FanOut,
        hls: Callable[[Callable[[], None]], HlsEgress],
        sounds: Sounds,
        clock: Clock,
        intake: Callable[[Stage], Intake],
        audience: Audience,
        outputs: MakeOutputs,
        hooks: RoomHooks,
    ) -> None:
        self.stream_id = stream_id
        self.room = Room(stream_id, grace_s=grace_s, now=clock())
        self.hub = Hub()
        self.rtp_source = LaterRtpSource(
            RtpSource(self.hub, request_keyframe=self.request_keyframe, request_of_layer=self._request_of_layer)
        )
        self.hls = hls(self.request_keyframe)
        self._aac = AacTrack(self.hub, sounds=sounds)
        self.hub.listen(self._aac, now=clock())
        self.clock = clock
        self.audience = audience
        self.cname = secrets.token_hex(8)
        self._fan_out = fan_out
        self._hooks = hooks
        self._phase = self.room.state.phase
        self._goes_on_elsewhere = False
        self._next_look = float("-inf")
        self.intake = intake(self)
        if self.role == "origin":
            self.hub.listen(self.hls, now=clock())
        self.outputs = Outputs(outputs(self))

    @property
    def viewer_hooks(self) -> ViewerHooks:
        """The hooks a new viewer session of this room gets."""
        return ViewerHooks(started=lambda _: self._hooks.changed(), closed=self._viewer_closed)

    @property
    def relay_hooks(self) -> RelayHooks:
        """The hooks a new session of another worker gets."""
        return RelayHooks(is_live=lambda: self.room.state.phase is RoomPhase.LIVE, closed=self._relay_closed)

    @property
    def role(self) -> Role:
        """Whether the publisher is here, or at another worker from which the stream is pulled."""
        return "edge" if isinstance(self.intake, RelayIntake) else "origin"

    @property
    def is_watched(self) -> bool:
        """See `Stage`."""
        return bool(self.audience.viewers)

    def become_origin(self, intake: Callable[[Stage], Intake], outputs: MakeOutputs) -> None:
        """The publisher comes here: who watches stays, and what pulled the stream ends.

        Until it is connected this is no origin, and no edge either: the generation is none.
        """
        for session in self.intake.sessions:
            session.close("the publisher is here now")
        if isinstance(self.intake, RelayIntake):
            self.intake.frames.close()
        self.room.state.generation = 0
        self.intake = intake(self)
        self.hub.listen(self.hls, now=self.clock())
        self.outputs = Outputs(outputs(self))
        self.changed()

    @property
    def can_be_played(self) -> bool:
        """Whether the hub has frames for players, or will have when somebody takes them."""
        if self.role == "edge":
            return self.room.state.phase in (RoomPhase.LIVE, RoomPhase.INTERRUPTED)
        return bool(self.hub.tracks) and not self.hub.is_over

    def take_frames(self) -> Callable[[], None]:
        """The hub is needed: at an edge it has frames only then. To be called back when it is not any more."""
        return self.intake.frames.take() if isinstance(self.intake, RelayIntake) else lambda: None

    def drop(self, subject: str) -> None:
        """Disconnect a viewer, or a member of a mix, on every path, and let nobody in by a token already out."""
        self.audience.drop(subject, now=self.clock())
        for session in self.intake.sessions:
            if session.action == "talk" and session.user_id == subject:
                session.close("dropped")

    def learn_dropped(self, dropped: Mapping[str, float]) -> None:
        """Who was told to go when this worker did not hear of it, and when, in Unix seconds."""
        self.audience.learn_dropped({subject: at - self.clock.unix_at_zero for subject, at in dropped.items()})

    def is_dropped(self, viewer_id: str) -> bool:
        """Whether this viewer was told to go."""
        return self.audience.is_dropped(viewer_id, now=self.clock())

    @property
    def drop_count(self) -> int:
        """How often somebody was told to go."""
        return self.audience.dropped.count

    def dropped(self) -> list[str]:
        """Those who were told to go."""
        return self.audience.dropped.subjects

    def is_removed(self, user_id: str, issued_at: int) -> bool:
        """Whether this member was told to go after a token was issued at `issued_at` (Unix seconds)."""
        return self.audience.is_removed(user_id, issued_at=issued_at - self.clock.unix_at_zero, now=self.clock())

    def seen_on_hls(self, viewer_id: str) -> None:
        """A viewer's player asked for a playlist or media."""
        if self.audience.seen_on_hls(viewer_id, now=self.clock()):
            self._hooks.changed()

    def present(self) -> set[str]:
        """The ids of all who watch, by WebRTC or HLS."""
        return self.audience.present(now=self.clock())

    def want(self, spec: StreamSpec) -> None:
        """What the control plane wants of the stream."""
        self.outputs.want(spec)

    def end(self, reason: EndedReason) -> None:
        """The stream is over: everyone is disconnected, HLS playlists end."""
        self.room.state.end(reason, now=self.clock())
        self.note_phase()

    def let_go(self) -> None:
        """Its end here, which follows, is not that of the stream: what is recorded of it goes on at another worker."""
        self._goes_on_elsewhere = True

    def close_sessions(self, reason: str) -> None:
        """Disconnect everyone."""
        for session in [*self.audience.everybody, *self.intake.sessions]:
            session.close(reason)

    def poll(self, now: float) -> None:
        """Timers of the room; called every few milliseconds."""
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY_S
            self.room.state.poll(now=now, is_connected=self.intake.is_connected)
            self.note_phase()
            self._aac.poll(now=now)
            self.hls.poll(now=now)
        self.intake.poll(now)
        if not self.audience.is_empty:
            self.room.catch_up(self._fan_out, now=now)
        self.rtp_source.poll(now=now)

    def drop_dead(self, now: float) -> None:
        """Close sessions that have been silent for too long; called about each second."""
        for session in [*self.audience.everybody, *self.intake.sessions]:
            if session.is_dead(now):
                session.close("silent for too long")

    def received(self) -> None:
        """See `Stage`."""
        self._hooks.received(self)

    def forward_frames(self) -> bool:
        """Forward the whole frames that were received; whether nothing is left."""
        return self.room.flush(self._fan_out, whole_frames=True)

    def forward(self) -> None:
        """See `Stage`."""
        self.room.flush(self._fan_out)

    def changed(self) -> None:
        """See `Stage`."""
        self._hooks.changed()

    def renegotiate(self) -> None:
        """See `Stage`."""
        self.audience.close_viewers("the stream's codecs changed")

    def request_keyframe(self) -> None:
        """See `Stage`."""
        track = self.room.tracks.get("video")
        if track is not None:
            track.request_keyframe(now=self.clock())
            for place in self.rtp_source.layers:
                # All qualities of a stream begin their segments at the same time.
                self._request_of_layer(place)

    def forget(self, session: Feeding) -> None:
        """See `Stage`."""
        self._hooks.session_closed(session)

    def note_phase(self) -> None:
        """See `Stage`."""
        phase, now = self.room.state.phase, self.clock()
        if phase is self._phase:
            return
        self._phase = phase
        _log.info("room changed", stream_id=self.stream_id, phase=str(phase))
        if phase is RoomPhase.INTERRUPTED:
            self.rtp_source.interrupt(now=now)
            self.hub.interrupt(now=now)
        elif phase is RoomPhase.ENDED:
            self.rtp_source.work()
            self.hub.end(now=now)
            if not self._goes_on_elsewhere:
                self.outputs.end()
            self.close_sessions("the stream ended")
        self._hooks.changed()

    def _relay_closed(self, session: RelaySession) -> None:
        self.audience.relays.pop(session.session_id, None)
        self._hooks.session_closed(session)

    def _request_of_layer(self, place: int) -> None:
        track = self.room.tracks.get("video")
        if track is not None and place < len(track.producers):
            track.producers[place].keyframes.request(now=self.clock())

    def _viewer_closed(self, session: ViewerSession) -> None:
        self.audience.remove(session)
        self._hooks.session_closed(session)
        self._hooks.changed()
