"""The worker's side: processes that serve its LL-HLS are started, told what changes, and started anew."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog

from media_server.hls_servers.blocks import Block, SharedBlocks
from media_server.hls_servers.children import Children
from media_server.hls_servers.mirror import StreamMirror
from media_server.hls_servers.port import claim_port, reachable
from media_server.hls_servers.served import Rules, Served
from media_server.hls_servers.told import Told
from media_server.hls_servers.wire import (
    BlockClosed,
    Listening,
    Message,
    Serve,
    ViewerDropped,
    ViewersSeen,
    WireError,
    parse,
)

MAX_SHARED_BYTES: Final = 2 << 30
"""Of all streams; each has its own bound too (`HlsSettings.max_bytes`)."""
_DROPPED_EACH_S: Final = 0.25

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Room:
    room: Served
    mirror: StreamMirror
    drop_count: int = -1
    dropped: frozenset[str] = frozenset()


class HlsServers:
    """`processes` that share one port. `run` until cancelled, then `stop`; `open` and `close` for each room."""

    def __init__(self, rules: Rules, *, processes: int, port: int) -> None:
        self._worker_port = 0
        self._rules = rules
        self._processes = processes
        self._serials = count(1)
        self._rooms: dict[str, _Room] = {}
        self._told: set[Told] = set()
        self._children = Children(self.tell, self._forget)
        self._blocks = SharedBlocks(max_bytes=MAX_SHARED_BYTES, opened=self._block_opened, closed=self._block_closed)
        self._claim = claim_port(rules.host, port)

    @property
    def port(self) -> int | None:
        """Where they serve; None while none of them does."""
        return self._bound_port if self.listening else None

    @property
    def listening(self) -> int:
        """How many of them serve."""
        return sum(told.is_listening for told in self._told)

    @property
    def pids(self) -> list[int]:
        """Of the processes there are."""
        return self._children.pids

    def open(self, room: Served) -> None:
        """A room begins."""
        mirror = StreamMirror(room.stream_id, room.hls, self._blocks, self._serials)
        opened = self._rooms[room.stream_id] = _Room(room, mirror)
        self._broadcast([mirror.opened()])
        room.hls.on_change(lambda: self._changed(opened))
        self._changed(opened)

    def close(self, stream_id: str) -> None:
        """A room is forgotten."""
        room = self._rooms.pop(stream_id, None)
        if room is not None:
            self._broadcast([room.mirror.close()])

    async def run(self, *, worker_port: int) -> None:
        """Keep the processes running, and tell them who was told to go. The worker itself serves HTTP at that port."""
        self._worker_port = worker_port
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._children.keep(self._processes))
            tasks.create_task(self._watch_dropped())

    def stop(self) -> None:
        """Give memory and port back, after `run` has ended."""
        self._blocks.close()
        self._claim.close()

    def tell(self, sock: socket.socket) -> Told:
        """From now on, whoever is at the other end is told everything, until it is lost. Raises OSError."""
        # Where memory was wanting, not all has been told to anybody.
        for room in self._rooms.values():
            self._broadcast(room.mirror.changes())
        told = Told(sock, self._heard)
        told.say([self._serve()])
        for block in self._blocks.blocks:
            told.say_block(block)
        for room in self._rooms.values():
            told.say(room.mirror.everything())
            told.say([ViewerDropped(room.room.stream_id, viewer_id) for viewer_id in room.dropped])
        self._told.add(told)
        told.lost.add_done_callback(lambda _: self._forget(told))
        return told

    @property
    def _bound_port(self) -> int:
        return int(self._claim.getsockname()[1])

    def _serve(self) -> Serve:
        rules = self._rules
        return Serve(
            str(self._claim.getsockname()[0]),
            self._bound_port,
            rules.public_key,
            list(rules.origins),
            rules.exposed_headers,
            dict(rules.preflight),
            reachable(rules.host),
            self._worker_port,
        )

    def _forget(self, told: Told) -> None:
        self._told.discard(told)
        told.link.close()

    def _changed(self, room: _Room) -> None:
        if self._rooms.get(room.room.stream_id) is not room:
            return
        try:
            self._broadcast(room.mirror.changes())
        except OSError as error:
            # What was to be told is lost with it: all begin anew, when there is memory again.
            for told in tuple(self._told):
                told.lose(error.strerror or "no memory to share")

    def _broadcast(self, messages: list[Message]) -> None:
        if messages:
            for told in tuple(self._told):
                told.say(messages)

    def _block_opened(self, block: Block) -> None:
        for told in tuple(self._told):
            told.say_block(block)

    def _block_closed(self, number: int) -> None:
        self._broadcast([BlockClosed(number)])

    def _heard(self, told: Told, packet: bytes) -> None:
        try:
            messages = parse(packet)
        except WireError as error:
            told.lose(str(error))
            return
        for message in messages:
            match message:
                case Listening():
                    told.is_listening = True
                    _log.info("a process serves LL-HLS", port=self._bound_port)
                case ViewersSeen(viewers):
                    self._seen(viewers)
                case _:
                    told.lose("said what is not for it to say")

    def _seen(self, viewers: list[tuple[str, str]]) -> None:
        for stream_id, viewer_id in viewers:
            room = self._rooms.get(stream_id)
            if room is not None and viewer_id not in room.dropped:
                room.room.seen_on_hls(viewer_id)

    async def _watch_dropped(self) -> None:
        while True:
            for room in tuple(self._rooms.values()):
                if room.room.drop_count != room.drop_count:
                    room.drop_count = room.room.drop_count
                    before, room.dropped = room.dropped, frozenset(room.room.dropped())
                    fresh = room.dropped - before
                    self._broadcast([ViewerDropped(room.room.stream_id, viewer_id) for viewer_id in fresh])
            await asyncio.sleep(_DROPPED_EACH_S)
