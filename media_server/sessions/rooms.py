"""Every room of this worker: finds and makes them, keeps their timers running, says what is live."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from typing import Final

import structlog

from media_server.router.room_state import EndedReason, RoomPhase
from media_server.sessions.audience import Audience
from media_server.sessions.dropped import DroppedElsewhere
from media_server.sessions.encoded import EncoderIntake
from media_server.sessions.encoder import Protocol
from media_server.sessions.live_room import LiveRoom, RoomHooks, Session
from media_server.sessions.mixed import MixIntake
from media_server.sessions.outputs import MakeOutputs
from media_server.sessions.published import PublisherIntake
from media_server.sessions.relayed import RelayIntake
from media_server.sessions.relaying import RelaySession
from media_server.sessions.stage import Feeding, Intake, Stage
from media_server.sessions.turns import Turns
from media_server.sessions.worker_media import RoomLimits, WorkerMedia

TICK_S: Final = 0.01
_ENDED_ROOM_KEPT_S: Final = 60.0
_DEAD_CHECK_S: Final = 1.0

_log = structlog.get_logger(__name__)


AnySession = Session | Feeding | RelaySession


class Rooms:
    """The registry of rooms and sessions. Call `poll` every TICK_S."""

    def __init__(self, media: WorkerMedia, limits: RoomLimits, *, changed: Callable[[], None]) -> None:
        self._media = media
        self._limits = limits
        self._changed = changed
        self._rooms: dict[str, LiveRoom] = {}
        self._sessions: dict[str, AnySession] = {}
        self._dropped = DroppedElsewhere()
        self._turns = Turns()
        self.is_draining = False
        """Whether no new session is taken: this worker is about to leave."""
        self._next_dead_check = 0.0

    def __iter__(self) -> Iterator[LiveRoom]:
        return iter(self._rooms.values())

    def find_room(self, stream_id: str) -> LiveRoom | None:
        """The room of a stream, also for a minute after its end."""
        return self._rooms.get(stream_id)

    def find_origin(self, stream_id: str) -> LiveRoom | None:
        """The room of a stream, unless it is pulled from another worker, who has the publisher."""
        room = self._rooms.get(stream_id)
        return room if room is not None and (room.role == "origin" or room.room.state.is_over) else None

    def find_session(self, session_id: str) -> AnySession | None:
        """A session of this worker."""
        return self._sessions.get(session_id)

    @property
    def session_count(self) -> int:
        """Of publishers, viewers and other workers."""
        return len(self._sessions)

    @property
    def is_full(self) -> bool:
        """Whether this worker takes no further session."""
        return len(self._sessions) >= self._limits.max_sessions

    def open_published(self, stream_id: str) -> tuple[LiveRoom, PublisherIntake]:
        """A new room that a publisher feeds."""
        room = self._open(stream_id, PublisherIntake)
        assert isinstance(room.intake, PublisherIntake)
        return room, room.intake

    def open_mixed(self, stream_id: str) -> tuple[LiveRoom, MixIntake]:
        """A new room that a mixer feeds."""
        room = self._open(stream_id, lambda stage: MixIntake(stage, grace_s=self._limits.grace_s))
        assert isinstance(room.intake, MixIntake)
        return room, room.intake

    def open_encoded(self, stream_id: str, protocol: Protocol) -> tuple[LiveRoom, EncoderIntake]:
        """A new room that an encoder feeds."""
        room = self._open(stream_id, lambda stage: EncoderIntake(stage, protocol=protocol))
        assert isinstance(room.intake, EncoderIntake)
        return room, room.intake

    def open_relayed(self, stream_id: str) -> LiveRoom:
        """A new room of a stream that another worker has."""
        return self._open(
            stream_id,
            lambda stage: RelayIntake(stage, endpoint=self._media.feeds, cname=secrets.token_hex(8)),
            outputs=lambda _: (),
        )

    def add(self, session: AnySession) -> None:
        """A session whose offer was answered; it is forgotten when it closes."""
        self._sessions[session.session_id] = session

    def drop(self, stream_id: str, viewer_id: str) -> None:
        """Disconnect a viewer, or a member of a mix, and let nobody in by a token already out, here nor later."""
        room = self._rooms.get(stream_id)
        if room is not None:
            room.drop(viewer_id)
        else:
            self._dropped.add(stream_id, viewer_id, now=self._media.clock())

    def release(self, stream_id: str) -> None:
        """The stream's publisher is at another worker now: who is here comes back, and is sent it from there."""
        room = self._rooms.get(stream_id)
        if room is not None and room.role == "origin":
            room.let_go()
            room.end("ended")
            self._remove(room)

    @property
    def is_empty(self) -> bool:
        """Whether nobody publishes or watches here."""
        return not self._sessions and not any(room.present() for room in self)

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
        self._turns.take()

    def poll(self) -> None:
        """Run every room's timers; forget rooms that ended a minute ago, or that nobody made anything of."""
        now = self._media.clock()
        check_dead = now >= self._next_dead_check
        if check_dead:
            self._next_dead_check = now + _DEAD_CHECK_S
        for room in list(self._rooms.values()):
            room.poll(now)
            if check_dead:
                room.drop_dead(now)
                room.outputs.poll(now=now)
            if self._is_done(room, now):
                room.close_sessions("nobody feeds this stream")
                self._remove(room)

    def _remove(self, room: LiveRoom) -> None:
        room.outputs.close()
        del self._rooms[room.stream_id]
        self._dropped.keep(room.stream_id, room.audience.dropped)
        self._changed()

    def _is_done(self, room: LiveRoom, now: float) -> bool:
        state = room.room.state
        if state.phase is RoomPhase.WAITING or (room.role == "edge" and not state.is_over):
            return room.intake.is_abandoned(now)
        return state.is_over and now - state.since > _ENDED_ROOM_KEPT_S

    def _open(
        self, stream_id: str, intake: Callable[[Stage], Intake], *, outputs: MakeOutputs | None = None
    ) -> LiveRoom:
        outputs = outputs or self._media.make_outputs
        edge = self._rooms.get(stream_id)
        if edge is not None and edge.role == "edge":
            edge.become_origin(intake, outputs)
            return edge
        room = LiveRoom(
            stream_id,
            grace_s=self._limits.grace_s,
            fan_out=self._media.fan_out,
            hls=self._media.make_hls,
            sounds=self._media.sounds,
            clock=self._media.clock,
            intake=intake,
            audience=Audience(self._dropped.take(stream_id)),
            outputs=outputs,
            hooks=RoomHooks(changed=self._changed, received=self._turns.note, session_closed=self._forget),
        )
        self._rooms[stream_id] = room
        return room

    def _forget(self, session: AnySession) -> None:
        self._sessions.pop(session.session_id, None)


async def keep_polling(rooms: Rooms) -> None:
    """Poll `rooms` until cancelled; a bug in one room's timers is logged and does not stop the others for good."""
    while True:
        await asyncio.sleep(TICK_S)
        try:
            rooms.poll()
        except Exception:  # noqa: BLE001 - one room's bug must not stop the others' timers
            _log.exception("room timers failed")
