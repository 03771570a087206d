"""One process that serves LL-HLS, from the worker's side: what it is told, and that it is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from media_server.hls_servers.blocks import Block
from media_server.hls_servers.link import Link
from media_server.hls_servers.wire import BlockOpened, Message, pack


class Told:
    """One process that is told everything. `lost` has the reason why it is not any more."""

    def __init__(self, sock: socket.socket, heard: Callable[[Told, bytes], None]) -> None:
        self.is_listening = False
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.link = Link(sock, received=lambda packet, _: heard(self, packet), lost=self.lose)

    def lose(self, reason: str) -> None:
        """Give it up."""
        if not self.lost.done():
            self.lost.set_result(reason)

    def say(self, messages: list[Message]) -> None:
        """Tell it."""
        for packet in pack(messages):
            self.link.send(packet)

    def say_block(self, block: Block) -> None:
        """Give it a block."""
        for packet in pack([BlockOpened(block.number, block.size)]):
            self.link.send(packet, block.shared)
