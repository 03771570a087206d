"""Wires a worker's pulls to control_api and to other workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from media_server.internal_api import InternalApi
from media_server.relay.origins import Origins
from media_server.relay.plain_http import PlainHttp
from media_server.sessions.pulls import DroppedOf, Pulls
from media_server.sessions.rooms import Rooms
from media_server.settings import WorkerSettings
from media_server.transport.sockets import IpVersion
from media_server.worker.candidates import own_addresses


@asynccontextmanager
async def open_pulls(
    rooms: Rooms, settings: WorkerSettings, *, dropped_of: DroppedOf, ip_versions: tuple[IpVersion, ...]
) -> AsyncIterator[Pulls]:
    """The pulls of this worker; their HTTP connections are closed with the context."""
    async with aiohttp.ClientSession() as http:
        api = InternalApi(http, url=settings.control_internal_url, token=settings.internal_token)
        plain = PlainHttp(own=own_addresses(), anywhere=settings.internal_plain_http == "anywhere")
        origins = Origins(http, api, worker_id=settings.worker_id, ip_versions=ip_versions, plain_http=plain)
        yield Pulls(rooms, origins, dropped_of=dropped_of)
