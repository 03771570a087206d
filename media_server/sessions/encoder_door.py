"""Lets encoders in whose stream keys control_api knows."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from media_server.router.room_state import RoomPhase
from media_server.sessions.encoded import EncoderIntake
from media_server.sessions.encoder import EncoderGrant, EncoderSession
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.refusal import Refused, check_open, check_takes_sessions
from media_server.sessions.rooms import Rooms
from media_server.sessions.worker_media import WorkerMedia


class EncoderDoor:
    """The encoders' entrance."""

    def __init__(self, rooms: Rooms, media: WorkerMedia) -> None:
        self._rooms = rooms
        self._media = media

    def admit(self, grant: EncoderGrant, *, close: Callable[[str], None]) -> EncoderSession:
        """A session in the room of the granted stream. `close` is to end the connection. Raises Refused.

        While an encoder is heard another one is refused, unless its grant takes over; then it has the room when it
        begins to send.
        """
        room = self._rooms.find_origin(grant.stream_id)
        if room is not None:
            check_open(room)
            if not isinstance(room.intake, EncoderIntake):
                raise Refused("ALREADY_PUBLISHING", "this stream is published from elsewhere")
            self._check_seat(room, room.intake, grant)
        check_takes_sessions(is_draining=self._rooms.is_draining, is_full=self._rooms.is_full)
        intake = room.intake if room is not None else None
        if not isinstance(intake, EncoderIntake):
            _, intake = self._rooms.open_encoded(grant.stream_id, grant.protocol)
        session = EncoderSession(
            secrets.token_urlsafe(18), grant, now=self._media.clock(), hooks=intake.hooks, close_connection=close
        )
        intake.seat.expect(session)
        self._rooms.add(session)
        return session

    def _check_seat(self, room: LiveRoom, intake: EncoderIntake, grant: EncoderGrant) -> None:
        if grant.generation < intake.seat.generation:
            raise Refused("SUPERSEDED", "the stream went on from another encoder")
        is_heard = intake.seat.current is not None and room.room.state.phase is RoomPhase.LIVE
        if is_heard and not grant.take_over:
            raise Refused("ALREADY_PUBLISHING", "an encoder is publishing with this stream key already")
