"""Processes that serve a worker's LL-HLS, as its settings have it."""

from __future__ import annotations

from collections.abc import Callable

from media_server.hls_servers.output import HlsServersOutput
from media_server.hls_servers.served import Rules
from media_server.hls_servers.servers import HlsServers
from media_server.http.cors import EXPOSED, preflight_response
from media_server.sessions.live_room import LiveRoom
from media_server.settings import WorkerSettings


def make_hls_servers(settings: WorkerSettings) -> HlsServers | None:
    """None where the worker serves by itself. Raises OSError when the port is taken."""
    if settings.hls_processes == 0:
        return None
    return HlsServers(_rules(settings), processes=settings.hls_processes, port=settings.hls_port)


def served_by(servers: HlsServers | None) -> list[Callable[[LiveRoom], HlsServersOutput]]:
    """Makers of outputs (`make_outputs`) that have rooms served by them, if there are any."""
    return [lambda room: HlsServersOutput(servers, room)] if servers is not None else []


def _rules(settings: WorkerSettings) -> Rules:
    """Who may read what, as the worker's own HTTP server says it."""
    allowed = preflight_response({}).headers
    return Rules(
        host=settings.media_host,
        public_key=settings.media_token_public_key,
        origins=settings.cors_origin,
        exposed_headers=EXPOSED,
        preflight={name: value for name, value in allowed.items() if name.startswith("Access-Control-")},
    )
