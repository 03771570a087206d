"""How many connections the HTTP server holds: each is a file, and a worker without files is deaf to everybody."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

_OTHER_FILES: Final = 512
"""What the sockets of media, of encoders and of Valkey, the spool and its segments may need beside."""


def raise_file_limit() -> None:
    """As many files as this process may open: what a shell gives is meant for programs that serve nobody."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def affordable(wanted: int) -> int:
    """`wanted` connections, or as many as leave enough files for all else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _OTHER_FILES))


class BoundedConnections:
    """Makes the protocol of each connection that is accepted, at most `maximum` at a time.

    When full, the one that was asked nothing for longest, by order of arrival, makes room; who is being answered stays.
    So a thousand that never finish asking keep nobody out. There is no bound by address: proxies have one for all.
    """

    def __init__(self, *, maximum: int) -> None:
        self._maximum = maximum
        self._answering: set[object] = set()

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware by which it knows who is being answered."""
        self._answering.add(request.protocol)
        try:
            return await handler(request)
        finally:
            self._answering.discard(request.protocol)

    def protocols(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """What `loop.create_server` calls for each connection."""

        def accepted() -> asyncio.Protocol:
            connections = server.connections
            # Those that are accepted in one turn of the loop, up to a backlog of them, are counted from the next on.
            excess = len(connections) + 1 - self._maximum
            if excess > 0:
                idle = [each for each in connections if each not in self._answering]
                if not idle:
                    return _Refused()
                for oldest in idle[:excess]:
                    oldest.force_close()
            return server()

        return accepted


class _Refused(asyncio.Protocol):
    """Hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.abort()
