"""What clients may ask: who they are on connecting, and the events of ARCHITECTURE.md with their acknowledgements."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import socketio
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from socketio.exceptions import ConnectionRefusedError as Refused

from signaling.bus import ValkeyBus
from signaling.connections import Connection
from signaling.gate import connection_of
from signaling.limits import SignalingLimits
from signaling.messages import (
    LOBBY_ROOM,
    EventError,
    Nothing,
    StreamRef,
    accepted,
    parse,
    refused,
    state_payload,
    stream_room,
)
from signaling.ports import AccessTokens, Identity, StateUnavailableError, StreamState, StreamStates

READ_ATTEMPTS: Final = 3

Handler = Callable[[str, Connection, tuple[Any, ...]], Awaitable[dict[str, Any]]]
"""Answers an event of the connection with this Socket.IO id; raises EventError."""


class ConnectAuth(BaseModel):
    """What a client may hand over on connecting."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    token: str | None = Field(default=None, max_length=4096)


class StateReader:
    """Reads states with a deadline, and says in one error that they cannot be had now."""

    def __init__(self, states: StreamStates, timeout_s: float) -> None:
        self._states = states
        self._timeout_s = timeout_s

    async def read(self, stream_id: UUID, user_id: UUID | None) -> StreamState | None:
        """The state as `user_id` may see it. Raises EventError SERVICE_UNAVAILABLE."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._states.state_for(stream_id, user_id)
        except (StateUnavailableError, OSError, TimeoutError):
            raise EventError("SERVICE_UNAVAILABLE", "The state cannot be read now; try again in a moment.") from None


class ClientEvents:
    """The handlers of one Socket.IO server. `more` are those of other parts; `on_known` hears of each connection whose
    token was good."""

    def __init__(
        self,
        sio: socketio.AsyncServer,
        bus: ValkeyBus,
        states: StateReader,
        tokens: AccessTokens,
        limits: SignalingLimits,
        *,
        more: Mapping[str, Handler],
        on_known: Callable[[str, Connection], None],
    ) -> None:
        self._on_known = on_known
        self._sio = sio
        self._bus = bus
        self._states = states
        self._tokens = tokens
        self._limits = limits
        self._handlers: dict[str, Handler] = {
            "stream:watch": self._watch_stream,
            "stream:unwatch": self._unwatch_stream,
            "lobby:watch": self._watch_lobby,
            "lobby:unwatch": self._unwatch_lobby,
            **more,
        }
        sio.on("connect", self._on_connect)
        sio.on("*", self._on_event)

    async def _on_connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        connection = connection_of(environ)
        try:
            token = ConnectAuth.model_validate(auth or {}).token
        except ValidationError:
            raise Refused("The credentials cannot be read.", {"code": "VALIDATION_ERROR"}) from None
        if token is not None:
            connection.identity = await self._identify(token)
            self._on_known(sid, connection)
        connection.is_joined = True

    async def _identify(self, token: str) -> Identity:
        try:
            async with asyncio.timeout(self._limits.state_read_s):
                identity = await self._tokens.verify(token)
        except (StateUnavailableError, OSError, TimeoutError):
            raise Refused("Try again in a moment.", {"code": "SERVICE_UNAVAILABLE"}) from None
        if identity is None:
            raise Refused("The access token is not valid.", {"code": "INVALID_TOKEN"})
        return identity

    async def _on_event(self, event: str, sid: str, *arguments: Any) -> dict[str, Any]:
        try:
            return accepted(await self._handle(event, sid, arguments))
        except EventError as error:
            return refused(error)

    async def _handle(self, event: str, sid: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
        connection = connection_of(self._sio.get_environ(sid))
        if connection.is_over_limit:
            raise EventError("RATE_LIMITED", "Too many events; slow down.")
        handle = self._handlers.get(event)
        if handle is None:
            raise EventError("UNKNOWN_EVENT", "There is no such event.")
        return await handle(sid, connection, arguments)

    async def _watch_stream(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        stream_id = parse(StreamRef, arguments).stream_id
        room = stream_room(stream_id)
        is_new = room not in connection.rooms
        await self._join(sid, connection, room)
        try:
            state = await self._current_state(stream_id, connection)
        except EventError:
            if is_new:
                await self._leave(sid, connection, room)
            raise
        return state_payload(state)

    async def _unwatch_stream(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        await self._leave(sid, connection, stream_room(parse(StreamRef, arguments).stream_id))
        return {}

    async def _watch_lobby(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        parse(Nothing, arguments)
        await self._join(sid, connection, LOBBY_ROOM)
        return {}

    async def _unwatch_lobby(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        parse(Nothing, arguments)
        await self._leave(sid, connection, LOBBY_ROOM)
        return {}

    async def _join(self, sid: str, connection: Connection, room: str) -> None:
        if room not in connection.rooms and len(connection.rooms) >= self._limits.rooms_per_connection:
            raise EventError("TOO_MANY_ROOMS", "This connection watches as much as one may.")
        connection.rooms.add(room)
        await self._sio.enter_room(sid, room)

    async def _leave(self, sid: str, connection: Connection, room: str) -> None:
        connection.rooms.discard(room)
        await self._sio.leave_room(sid, room)

    async def _current_state(self, stream_id: UUID, connection: Connection) -> StreamState:
        """The state to acknowledge with, read again when the room was told of a newer one meanwhile."""
        user_id = connection.known_user()
        state = None
        for _ in range(READ_ATTEMPTS):
            with self._bus.deliveries_to(stream_room(stream_id)) as deliveries:
                state = await self._states.read(stream_id, user_id)
            if state is None or not deliveries.happened:
                break
        if state is None:
            raise EventError("STREAM_NOT_FOUND", "There is no such stream.")
        return state
