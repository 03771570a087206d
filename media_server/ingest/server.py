"""The RTMP server of a media worker: TCP, and TLS where there is a certificate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from media_server.ingest.asking import control_api
from media_server.ingest.connection import RtmpConnection
from media_server.ingest.figures import ConnectionFigures
from media_server.ingest.limits import IngestLimits, Places
from media_server.ingest.ports import Bring, Door, FindRoom, Keys, Tokens
from media_server.ingest.wiring import Wiring
from media_server.sessions.encoder import LEAVING, Protocol
from media_server.settings import WorkerSettings

POLL_S: Final = 1.0
_BACKLOG: Final = 128
_TLS_HANDSHAKE_S: Final = 10.0
_GOODBYE_S: Final = 0.3
SPREAD_S: Final = 1.5
"""Within which encoders are sent away: not all of them are to connect elsewhere at once."""
KEY_FRAME_WITHIN_S: Final = 5.0
"""An encoder is sent away before a key frame, but no later than this."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RtmpPlaces:
    """Where to listen; port 0 is any. `tls_port` is None without a certificate."""

    host: str
    port: int
    tls_port: int | None = None
    certificate: Path | None = None
    key: Path | None = None


class RtmpServer:
    """Listens, and looks after its connections while `run` runs."""

    def __init__(
        self,
        *,
        keys: Keys,
        door: Door,
        find_room: FindRoom,
        bring: Bring,
        tokens: Tokens,
        clock: Callable[[], float],
        limits: IngestLimits | None = None,
    ) -> None:
        limits = limits or IngestLimits()
        self._wiring = Wiring(keys, door, find_room, bring, tokens, clock, limits, Places(limits))
        self._servers: list[asyncio.Server] = []
        self.port = 0
        self.tls_port: int | None = None

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._wiring.connections)

    @property
    def figures(self) -> list[ConnectionFigures]:
        """Of all who publish."""
        return [found for each in self._wiring.connections if (found := each.figures) is not None]

    async def start(self, places: RtmpPlaces) -> None:
        """Listen. Raises OSError when a port is taken, ssl.SSLError for a certificate that is none."""
        self.port = await self._listen("rtmp", places.host, places.port, None)
        if places.tls_port is not None and places.certificate is not None:
            context = await asyncio.to_thread(_server_context, places.certificate, places.key)
            self.tls_port = await self._listen("rtmps", places.host, places.tls_port, context)
        _log.info("RTMP server ready", port=self.port, tls_port=self.tls_port)

    async def run(self) -> None:
        """Keep deadlines until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            self.poll(self._wiring.clock())

    def poll(self, now: float) -> None:
        """Whatever is due at `now`."""
        for connection in tuple(self._wiring.connections):
            connection.poll(now)

    def close_door(self) -> None:
        """Nobody is let in from now on: who connects reaches another worker. Who publishes or plays stays."""
        self._wiring.is_leaving = True
        for server in self._servers:
            server.close()
        for connection in tuple(self._wiring.connections):
            if not connection.is_publishing and not connection.is_playing:
                connection.abort(LEAVING)

    async def send_away(self, *, told: Callable[[], Awaitable[None]]) -> None:
        """Have encoders connect to other workers, once the door is closed; returns when all are gone.

        An encoder comes again at once, and would be refused while the control plane takes it for live here: so its
        connection is closed only after `told`, which waits until that is known. Players stay, for as long as what they
        play does.
        """
        publishing = [connection for connection in self._wiring.connections if connection.is_publishing]
        async with asyncio.TaskGroup() as tasks:
            for place, connection in enumerate(publishing):
                tasks.create_task(self._send_away(connection, told, after_s=SPREAD_S * place / len(publishing)))

    async def _send_away(
        self, connection: RtmpConnection, told: Callable[[], Awaitable[None]], *, after_s: float
    ) -> None:
        await asyncio.sleep(after_s)
        await connection.send_away(within_s=KEY_FRAME_WITHIN_S)
        await told()
        connection.abort(LEAVING)

    async def stop(self) -> None:
        """Take leave of everyone."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._wiring.connections):
            connection.go_down()
        if self._wiring.connections:
            await asyncio.sleep(_GOODBYE_S)
        for connection in tuple(self._wiring.connections):
            connection.abort("the media server is going down")

    async def _listen(self, protocol: Protocol, host: str, port: int, tls: ssl.SSLContext | None) -> int:
        server = await asyncio.get_running_loop().create_server(
            partial(RtmpConnection, self._wiring, protocol),
            host,
            port,
            backlog=_BACKLOG,
            # Workers of one machine listen on one port: an encoder is told one address, and whoever is there takes it.
            reuse_port=True,
            ssl=tls,
            ssl_handshake_timeout=_TLS_HANDSHAKE_S if tls is not None else None,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


@asynccontextmanager
async def serve_rtmp(
    settings: WorkerSettings,
    *,
    door: Door,
    find_room: FindRoom,
    bring: Bring,
    tokens: Tokens,
    clock: Callable[[], float],
) -> AsyncIterator[RtmpServer]:
    """The server that `settings` ask for, from listening to gone. Its `run` is the caller's to keep going."""
    url, token = settings.control_internal_url, settings.internal_token
    async with control_api(url, token, worker_id=settings.worker_id) as keys:
        server = RtmpServer(keys=keys, door=door, find_room=find_room, bring=bring, tokens=tokens, clock=clock)
        try:
            await server.start(
                RtmpPlaces(
                    settings.rtmp_host,
                    settings.rtmp_port,
                    settings.rtmps_port,
                    settings.rtmps_certificate,
                    settings.rtmps_key,
                )
            )
            yield server
        finally:
            await server.stop()


def _server_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
