"""The Engine.IO edge: who may connect and how much they may send, before Socket.IO reads a byte of it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import engineio
import structlog
from aiohttp import web

from signaling.connections import Connection, ConnectionBook
from signaling.limits import SignalingLimits

CONNECTION: Final = web.RequestKey("signaling_connection", Connection)
SESSION: Final = web.RequestKey("signaling_session", str)

# What engineio and python-socketio raise on bytes that are no packet; RecursionError is JSON nested too deep.
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)

log = structlog.get_logger(__name__)


class Gate:
    """Stands between the HTTP route and an Engine.IO server whose handlers are already registered."""

    def __init__(
        self, eio: engineio.AsyncServer, limits: SignalingLimits, client_address: Callable[[web.Request], str]
    ) -> None:
        self.book = ConnectionBook(limits)
        self._eio = eio
        self._limits = limits
        self._client_address = client_address
        self._connected = eio.handlers["connect"]
        self._received = eio.handlers["message"]
        self._disconnected = eio.handlers["disconnect"]
        eio.on("connect", self._connect)
        eio.on("message", self._message)
        eio.on("disconnect", self._disconnect)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The one route of Socket.IO, polling and WebSocket alike."""
        connection = self.book.find(request.query.get("sid", ""))
        if connection is not None:
            connection.request = request
        if 0 < (request.content_length or 0) <= self._limits.message_bytes:
            try:
                # engineio takes what its first read gives, after whatever time, for the whole body.
                async with asyncio.timeout(self._limits.body_s):
                    await request.content.wait_eof()
            except TimeoutError:
                return web.Response(status=408)
            except (ConnectionError, web.RequestPayloadError):
                return web.Response(status=400)
        try:
            response: web.StreamResponse = await self._eio.handle_request(request)
        except UNREADABLE:
            session = request.query.get("sid") or request.get(SESSION)
            if session is not None:
                await self.cut(session)
            response = web.Response(status=400)
        return response

    async def cut(self, session: str) -> None:
        """Ends a session without waiting for its client."""
        connection = self.book.find(session)
        socket = self._eio.sockets.get(session)
        if socket is not None:
            await socket.close(wait=False, abort=True)
        if connection is not None:
            connection.cut()

    async def sweep(self) -> None:
        """Cuts sessions that never joined and those that do not read what is sent to them."""
        for session in self.book.never_joined(now=time.monotonic()):
            await self.cut(session)
        for session, socket in list(self._eio.sockets.items()):
            if socket.queue.qsize() > self._limits.queued_packets:
                log.info("signaling_client_too_slow", queued=socket.queue.qsize())
                await self.cut(session)

    async def _connect(self, session: str, environ: dict[str, Any]) -> bool | None:
        request: web.Request = environ["aiohttp.request"]
        connection = self.book.open(session, self._client_address(request), request, now=time.monotonic())
        if connection is None:
            return False
        request[SESSION] = session
        request[CONNECTION] = connection
        await self._connected(session, environ)
        return None

    async def _message(self, session: str, data: str | bytes) -> None:
        connection = self.book.find(session)
        if connection is None:
            return
        # No event of ours carries binary, and waiting for announced attachments would hold whatever a client sends.
        if isinstance(data, bytes) or data[:1] in ("5", "6"):
            await self.cut(session)
            return
        allowance = connection.allowance_for(data)
        connection.is_over_limit = not allowance.take(now=time.monotonic())
        if allowance.debt >= allowance.burst:
            await self.cut(session)
            return
        try:
            await self._received(session, data)
        except UNREADABLE:
            await self.cut(session)

    async def _disconnect(self, session: str, reason: str) -> None:
        try:
            await self._disconnected(session, reason)
        finally:
            self.book.close(session)
            # Ends the writer or the long poll of the session, which would wait for its next packet up to 45 s.
            if (socket := self._eio.sockets.get(session)) is not None:
                socket.queue.put_nowait(None)


def connection_of(environ: dict[str, Any]) -> Connection:
    """The connection a Socket.IO handler was called for, from its environ."""
    request: web.Request = environ["aiohttp.request"]
    return request[CONNECTION]
