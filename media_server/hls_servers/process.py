"""`python -m media_server.hls_servers.process`: serves a worker's LL-HLS from the memory it shares.

Started by HlsServers, never by hand. The worker is spoken to over the socket at standard input (`wire.py`); with it the
process ends.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from typing import Final

import uvloop

from media_server.hls_servers.blocks import MappedBlocks
from media_server.hls_servers.connection import Connections, HttpConnection
from media_server.hls_servers.elsewhere import WorkerSite
from media_server.hls_servers.http_response import CrossOrigin
from media_server.hls_servers.link import Link
from media_server.hls_servers.port import shared_socket
from media_server.hls_servers.replica import Replicas
from media_server.hls_servers.site import Site
from media_server.hls_servers.wire import (
    BlockClosed,
    BlockOpened,
    Listening,
    Message,
    Serve,
    StreamClosed,
    ViewersSeen,
    pack,
    parse,
)
from media_server.tokens import TokenVerifier, VerifiedTokens

BACKLOG: Final = 1024
_SPARE_FILES: Final = 128
_TELL_EACH_S: Final = 0.5
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38


class HlsServer:
    """The process: what the worker says, and who is listened to."""

    def __init__(self, sock: socket.socket, *, max_connections: int) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._replicas = Replicas()
        self._blocks = MappedBlocks()
        self._connections = Connections(max_connections)
        self._site: Site | None = None
        self._server: asyncio.Server | None = None
        self._starting: asyncio.Task[None] | None = None
        self._link = Link(sock, received=self._received, lost=self._lost)

    @property
    def connection_count(self) -> int:
        """How many connections there are."""
        return len(self._connections.open)

    def waiting_on(self, stream_id: str) -> int:
        """How many requests wait on a stream."""
        return self._site.waiting.count(stream_id) if self._site is not None else 0

    async def tell(self) -> None:
        """Tell the worker who watches, and requests that have waited too long that nothing came; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TELL_EACH_S)
            if self._site is None:
                continue
            self._site.waiting.expire(now=loop.time())
            viewers = self._site.seen.take(now=loop.time())
            for start in range(0, len(viewers), 256):
                self._say(ViewersSeen(viewers[start : start + 256]))

    def close(self) -> None:
        """Let everybody go."""
        self._link.close()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.open):
            connection.close()

    def _received(self, packet: bytes, files: list[int]) -> None:
        for message in parse(packet):
            if isinstance(message, BlockOpened):
                self._blocks.open(message.number, message.size, *files)
            else:
                self._take(message)

    def _take(self, message: Message) -> None:
        match message:
            case Serve():
                self._site = self._make_site(message)
                self._starting = asyncio.get_running_loop().create_task(self._listen(message, self._site))
            case BlockClosed(number):
                self._blocks.close(number)
            case _:
                changed = self._replicas.apply(message)
                assert self._site is not None
                if changed is not None:
                    self._site.waiting.wake(changed)
                elif isinstance(message, StreamClosed):
                    self._site.waiting.forget(message.stream_id)

    def _make_site(self, serve: Serve) -> Site:
        return Site(
            self._replicas,
            self._blocks,
            VerifiedTokens(TokenVerifier(serve.public_key)),
            cross_origin=CrossOrigin(tuple(serve.origins), serve.exposed_headers, serve.preflight),
            elsewhere=WorkerSite(serve.worker_host, serve.worker_port),
        )

    async def _listen(self, serve: Serve, site: Site) -> None:
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: HttpConnection(site, self._connections),
                sock=shared_socket(serve.host, serve.port),
                backlog=BACKLOG,
            )
        except OSError as error:
            self._lost(f"cannot listen: {error.strerror}")
            return
        self._say(Listening())

    def _say(self, message: Message) -> None:
        for packet in pack([message]):
            self._link.send(packet)

    def _lost(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


async def serve(sock: socket.socket, *, max_connections: int) -> None:
    """Until the worker is gone, or says nothing that makes sense."""
    loop = asyncio.get_running_loop()
    server = HlsServer(sock, max_connections=max_connections)

    def stop(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        # What the worker says no longer fits what it said before: a process that is started anew is told all of it.
        loop.default_exception_handler(context)
        if not server.ended.done():
            server.ended.set_result("a bug")

    loop.set_exception_handler(stop)
    telling = loop.create_task(server.tell())
    try:
        await server.ended
    finally:
        telling.cancel()
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m media_server.hls_servers.process", description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    limit = _settle(parser.parse_args().parent)
    sock = socket.socket(fileno=os.dup(0))
    sock.setblocking(False)
    # What is loaded lives as long as the process; collections of the rest are short and rare.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    uvloop.run(serve(sock, max_connections=limit))
    return 0


def _settle(parent: int) -> int:
    """Be killed with the parent, and take as many connections as files may be open: returns how many."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the worker is gone")
    # A terminal's Ctrl-C is for the worker, which ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(1, hard - _SPARE_FILES)


if __name__ == "__main__":
    sys.exit(main())
