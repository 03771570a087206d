"""Processes that serve a stream's LL-HLS, or one of them in this process, and a room that has what is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from media_server.egress.hls.egress import HlsEgress
from media_server.hls_servers.link import socket_pair
from media_server.hls_servers.process import HlsServer
from media_server.hls_servers.served import Rules
from media_server.hls_servers.servers import HlsServers
from media_server.http.cors import EXPOSED, preflight_response
from tests.support.media_tokens import TokenSigner
from tests.support.waiting import eventually


class ServedRoom:
    """A room as far as it is served."""

    def __init__(self, stream_id: str, hls: HlsEgress) -> None:
        self.stream_id = stream_id
        self.hls = hls
        self.seen: list[str] = []
        self.sent_away: list[str] = []

    @property
    def drop_count(self) -> int:
        return len(self.sent_away)

    def dropped(self) -> list[str]:
        return self.sent_away

    def seen_on_hls(self, viewer_id: str) -> None:
        self.seen.append(viewer_id)


def make_servers(signer: TokenSigner, *, processes: int, **changed: Any) -> HlsServers:
    """On a free port of 127.0.0.1; any page may read answers."""
    rules: dict[str, Any] = {
        "host": "127.0.0.1",
        "public_key": signer.public_key,
        "origins": ("*",),
        "exposed_headers": EXPOSED,
        "preflight": {
            name: value for name, value in preflight_response({}).headers.items() if name.startswith("Access-")
        },
    }
    return HlsServers(Rules(**rules | changed), processes=processes, port=0)


@asynccontextmanager
async def running(servers: HlsServers, *, worker_port: int = 9) -> AsyncIterator[HlsServers]:
    """Until it is left."""
    task = asyncio.create_task(servers.run(worker_port=worker_port))
    try:
        yield servers
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        servers.stop()


@asynccontextmanager
async def one_here(servers: HlsServers, *, stop: bool = True) -> AsyncIterator[HlsServer]:
    """What a process does, on this loop, listening. Afterwards the servers are not used any more, when `stop`."""
    ours, theirs = socket_pair()
    server = HlsServer(theirs, max_connections=100)
    telling = asyncio.create_task(server.tell())
    told = servers.tell(ours)
    try:
        await eventually(lambda: servers.port is not None)
        yield server
    finally:
        telling.cancel()
        server.close()
        told.lose("the test is over")
        if stop:
            servers.stop()
