"""Socket.IO over the services: what clients may ask, and what they are told (ARCHITECTURE.md, Socket.IO)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import UUID

import socketio
import structlog
from aiohttp import web

from signaling.booths import OUT, Booths, Guest
from signaling.bus import ValkeyBus
from signaling.channels import Channels
from signaling.chat_events import CHAT_MISSED, ChatEvents
from signaling.connections import Connection
from signaling.creator_news import CREATOR, CreatorNews
from signaling.events import ClientEvents, StateReader
from signaling.gate import Gate, connection_of
from signaling.library_news import LIBRARY, LibraryNews
from signaling.limits import SignalingLimits
from signaling.messages import (
    LOBBY_CHANGED,
    LOBBY_ROOM,
    STREAM_MOVE,
    STREAM_STATE,
    EventError,
    state_payload,
    stream_of_room,
    stream_room,
)
from signaling.mix_events import MixEvents
from signaling.own_connections import OwnConnections
from signaling.ports import AccessTokens, Chat, MixMembers, StreamState, StreamStates

PATH: Final = "/socket.io/"
SWEEP_S: Final = 2.0
RESYNC_RETRY_S: Final = 1.0
MOST_QUEUED: Final = 1
"""Packets that wait for a client in the middle of a write; with more, it does not keep up."""

log = structlog.get_logger(__name__)


class Signaling:
    """The Socket.IO server of one process. Announcements, those of `chat` too, reach the clients of every process on
    the same Valkey."""

    def __init__(
        self,
        redis_url: str,
        states: StreamStates,
        tokens: AccessTokens,
        members: MixMembers,
        chat: Chat,
        *,
        limits: SignalingLimits,
        allowed_origins: Sequence[str] | None,
        client_address: Callable[[web.Request], str],
    ) -> None:
        self._limits = limits
        self._gap = asyncio.Event()
        self._lobby = asyncio.Event()
        self._bus = ValkeyBus(redis_url, on_gap=self._gap.set, coalesced_room=LOBBY_ROOM, on_coalesced=self._lobby.set)
        # The library logs every packet at INFO and what strangers send at WARNING.
        logger = logging.getLogger("signaling.socketio")
        logger.setLevel(logging.ERROR)
        self._sio = socketio.AsyncServer(
            async_mode="aiohttp",
            client_manager=self._bus,
            # Handled in the reading loop of the connection: a client that sends faster than we answer is held back.
            async_handlers=False,
            cors_allowed_origins=None if allowed_origins is None else may_connect_from(allowed_origins),
            max_http_buffer_size=limits.message_bytes,
            logger=logger,
            engineio_logger=logger,
        )
        self._gate = Gate(self._sio.eio, limits, client_address)
        self._reader = StateReader(states, limits.state_read_s)
        self._own = OwnConnections(self._emit_here)
        self._library, self._creators = LibraryNews(self._own), CreatorNews(self._own)
        self._channels = Channels(
            redis_url,
            patterns=[LIBRARY + "*", CREATOR + "*"],
            on_message=self._hear,
            on_gap=self._after_gap,
        )
        self._booths = Booths(self._emit_here, self._is_behind, self._doubt)
        self._mixes = MixEvents(self._booths, self._channels, members, limits, self._cut)
        self.chat = ChatEvents(chat, self._emit_to_room, limits.state_read_s)
        ClientEvents(
            self._sio,
            self._bus,
            self._reader,
            tokens,
            limits,
            more=self._mixes.handlers | self.chat.handlers,
            on_known=self._own.add,
        )
        self._sio.on("disconnect", self._on_disconnect)

    @property
    def connection_count(self) -> int:
        return len(self._gate.book)

    def attach(self, app: web.Application) -> None:
        """Adds the route and the life of the server to `app`."""
        for method in ("GET", "POST", "OPTIONS"):
            app.router.add_route(method, PATH, self._gate.handle)
        app.cleanup_ctx.append(self._run)

    async def stream_changed(self, state: StreamState) -> None:
        """Tells everyone who watches the stream, on every node."""
        await self._sio.emit(STREAM_STATE, state_payload(state), room=stream_room(state.stream_id))

    async def stream_moves(self, stream_id: UUID, worker_id: str) -> None:
        """Tells everyone who watches the stream, on every node: who is at that media worker has to go elsewhere."""
        payload = {"streamId": str(stream_id), "workerId": worker_id}
        await self._sio.emit(STREAM_MOVE, payload, room=stream_room(stream_id))

    async def lobby_changed(self) -> None:
        """Tells the lobby, on every node, that the list of live streams has changed; at most once a second."""
        await self._sio.emit(LOBBY_CHANGED, {}, room=LOBBY_ROOM)

    async def _run(self, app: web.Application) -> AsyncIterator[None]:
        works = (
            self._sweep,
            self._tell_lobby,
            self._close_gaps,
            self._mixes.check_members,
            self._mixes.check_tokens,
        )
        tasks = [asyncio.create_task(_for_ever(work)) for work in works]
        self._channels.start()
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for session in list(self._sio.eio.sockets):
            await self._gate.cut(session)
        await self._sio.shutdown()
        await self._channels.close()
        await self._bus.close()

    async def _emit_to_room(self, room: str, event: str, payload: dict[str, Any]) -> None:
        await self._sio.emit(event, payload, room=room)

    async def _emit_here(self, sid: str, event: str, payload: dict[str, Any]) -> None:
        """To one client of this node."""
        await self._sio.emit(event, payload, to=sid, ignore_queue=True)

    def _is_behind(self, guest: Guest) -> bool:
        socket = self._sio.eio.sockets.get(self._session_of(guest.sid))
        return socket is None or socket.queue.qsize() > MOST_QUEUED or guest.connection.is_congested

    async def _cut(self, sid: str) -> None:
        await self._gate.cut(self._session_of(sid))

    def _session_of(self, sid: str) -> str:
        """The Engine.IO session of a Socket.IO id, "" when it has ended."""
        return self._bus.eio_sid_from_sid(sid, "/") or ""

    def _doubt(self, stream_id: UUID) -> None:
        self._mixes.doubt(stream_id)

    async def _hear(self, channel: str, data: str) -> None:
        if channel.startswith(OUT):
            await self._booths.hear(channel, data)
        elif channel.startswith(CREATOR):
            await self._creators.hear(channel, data)
        else:
            await self._library.hear(channel, data)

    async def _after_gap(self) -> None:
        self._mixes.doubt_all()
        await self._library.tell_all()

    async def _on_disconnect(self, sid: str, reason: str) -> None:
        connection: Connection = connection_of(self._sio.get_environ(sid))
        self._own.forget(sid, connection)
        await self._mixes.forget(sid, connection)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._gate.sweep()

    async def _tell_lobby(self) -> None:
        while True:
            await self._lobby.wait()
            self._lobby.clear()
            await self._sio.emit(LOBBY_CHANGED, {}, room=LOBBY_ROOM, ignore_queue=True)
            await asyncio.sleep(self._limits.lobby_interval_s)

    async def _close_gaps(self) -> None:
        """After messages may have been lost, tells the clients of this node what is true now."""
        while True:
            await self._gap.wait()
            self._gap.clear()
            self._lobby.set()
            for room in self._gate.book.rooms():
                stream_id = stream_of_room(room)
                if stream_id is None:
                    continue
                try:
                    state = await self._reader.read(stream_id, None)
                except EventError as error:
                    log.warning("signaling_resync_failed", code=error.code)
                    self._gap.set()
                    await asyncio.sleep(RESYNC_RETRY_S)
                    break
                if state is not None:
                    await self._sio.emit(STREAM_STATE, state_payload(state), room=room, ignore_queue=True)
                    await self._sio.emit(CHAT_MISSED, {"streamId": str(stream_id)}, room=room, ignore_queue=True)


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Do what has no end, and go on with it when it fails for a reason of ours: nobody else puts out who is no member
    any more."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("signaling_work_failed")
        await asyncio.sleep(RESYNC_RETRY_S)


def remote_address(request: web.Request) -> str:
    """The peer's address as aiohttp knows it; behind a trusted proxy its middleware has put the client's there."""
    return request.remote or ""


def may_connect_from(origins: Sequence[str]) -> Callable[[str, dict[str, Any]], bool]:
    """Whether a page of an origin may connect: those listed, `*` for all, and always the page's own."""

    def is_allowed(origin: str, environ: dict[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return origin == own or origin in origins or "*" in origins

    return is_allowed


def create_signaling(
    redis_url: str,
    *,
    states: StreamStates,
    tokens: AccessTokens,
    members: MixMembers,
    chat: Chat,
    limits: SignalingLimits | None = None,
    allowed_origins: Sequence[str] | None = None,
    client_address: Callable[[web.Request], str] = remote_address,
) -> Signaling:
    """The Socket.IO server of this process; `allowed_origins` are those of pages served from elsewhere."""
    return Signaling(
        redis_url,
        states,
        tokens,
        members,
        chat,
        limits=limits or SignalingLimits(),
        allowed_origins=allowed_origins,
        client_address=client_address,
    )
