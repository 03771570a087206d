"""Ports of a worker beside those of its media: HTTP, and ICE over TCP."""

from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import web

from media_server.http.connections import BoundedConnections, affordable
from media_server.settings import WorkerSettings
from media_server.transport.endpoint import UdpEndpoint
from media_server.transport.sockets import bound_socket
from media_server.transport.tcp import MAX_CONNECTIONS, TcpLimits, TcpListener, listen_tcp

_HTTP_BACKLOG: Final = 128
_IDLE_CONNECTION_S: Final = 75.0
"""For the headers of a request too: aiohttp closes a connection that has not sent them all by then."""


async def listen_ice_tcp(stack: AsyncExitStack, settings: WorkerSettings, endpoint: UdpEndpoint) -> int | None:
    """The port that peers connect to whose networks let no UDP through; None where there is to be none."""
    if not settings.media_ice_tcp_port:
        return None
    sock = listen_tcp(settings.media_host, settings.media_ice_tcp_port)
    # A part of what this process may open: HTTP needs most of it.
    total = min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    listener = TcpListener(sock, endpoint, TcpLimits(total=total, per_site=settings.joins_per_address_burst))
    await listener.start()
    stack.push_async_callback(listener.stop)
    return listener.port


async def serve_http(stack: AsyncExitStack, app: web.Application, settings: WorkerSettings, udp_port: int) -> int:
    """The port that HTTP is on: that of UDP where any will do."""
    sock = stack.enter_context(bound_socket(socket.SOCK_STREAM, settings.media_host, settings.media_port or udp_port))
    connections = BoundedConnections(maximum=affordable(settings.http_connections))
    app.middlewares.append(connections.note)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=_IDLE_CONNECTION_S, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None
    protocols = connections.protocols(runner.server)
    listening = await asyncio.get_running_loop().create_server(protocols, sock=sock, backlog=_HTTP_BACKLOG)
    stack.callback(listening.close)
    return int(sock.getsockname()[1])
