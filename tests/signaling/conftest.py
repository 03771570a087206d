"""Nodes of signaling on real sockets, the stream states behind them, and real Socket.IO clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import socketio
from aiohttp import web

from signaling.limits import SignalingLimits
from signaling.ports import Identity, StateUnavailableError
from signaling.server import Signaling, create_signaling


@dataclass(frozen=True, slots=True)
class Stream:
    stream_id: UUID = field(default_factory=uuid4)
    status: str = "live"
    media_state: str = "waiting"
    viewer_count: int = 0
    ended_reason: str | None = None


class StreamsOnRecord:
    """Stands where control_api keeps the truth: set, read, and out of reach when a test says so."""

    def __init__(self) -> None:
        self.streams: dict[UUID, Stream] = {}
        self.asked_by: list[UUID | None] = []
        self.is_away = False
        self.before_answer: Callable[[], Awaitable[None]] | None = None

    def put(self, stream: Stream) -> Stream:
        self.streams[stream.stream_id] = stream
        return stream

    def change(self, stream: Stream, **changes: Any) -> Stream:
        return self.put(replace(self.streams[stream.stream_id], **changes))

    async def state_for(self, stream_id: UUID, user_id: UUID | None) -> Stream | None:
        if self.is_away:
            raise StateUnavailableError
        self.asked_by.append(user_id)
        state = self.streams.get(stream_id)
        if self.before_answer is not None:
            await self.before_answer()
        return state


class Membership:
    """Who may enter which mix, as control_api keeps it."""

    def __init__(self) -> None:
        self.members: dict[UUID, set[UUID]] = {}
        self.is_away = False
        self.before_answer: Callable[[], Awaitable[None]] | None = None

    def put(self, *user_ids: UUID) -> UUID:
        """A mix of these members."""
        stream_id = uuid4()
        self.members[stream_id] = set(user_ids)
        return stream_id

    async def may_enter(self, stream_id: UUID, user_id: UUID) -> bool:
        if self.is_away:
            raise StateUnavailableError
        answer = user_id in self.members.get(stream_id, set())
        if self.before_answer is not None:
            await self.before_answer()
        return answer


class Tokens:
    """Access tokens that are valid: those in the book."""

    def __init__(self) -> None:
        self.book: dict[str, Identity] = {}

    def issue(self, *, lives: timedelta = timedelta(minutes=15)) -> tuple[str, UUID]:
        user_id = uuid4()
        self.book[str(user_id)] = Identity(user_id, datetime.now(UTC) + lives)
        return str(user_id), user_id

    async def verify(self, token: str) -> Identity | None:
        return self.book.get(token)


@dataclass
class Node:
    signaling: Signaling
    url: str


class Client:
    """A real Socket.IO client that remembers what it was told."""

    def __init__(self) -> None:
        self.io = socketio.AsyncClient(reconnection=True, reconnection_delay=0.1, reconnection_delay_max=0.2)
        self.states: list[dict[str, Any]] = []
        self.lobby_changes = 0
        self.io.on("stream:state", self.states.append)
        self.io.on("lobby:changed", self._lobby_changed)

    def _lobby_changed(self, _payload: object) -> None:
        self.lobby_changes += 1

    async def ask(self, event: str, payload: object = None, *, timeout_s: float = 10) -> dict[str, Any]:
        answer = await self.io.call(event, payload, timeout=timeout_s)
        assert isinstance(answer, dict)
        return answer

    async def watch(self, stream: Stream) -> dict[str, Any]:
        return await self.ask("stream:watch", {"streamId": str(stream.stream_id)})


class World:
    """Nodes and clients of one test, all taken down with it."""

    def __init__(self, valkey_url: str, stack: AsyncExitStack) -> None:
        self.valkey_url = valkey_url
        self.streams = StreamsOnRecord()
        self.tokens = Tokens()
        self.membership = Membership()
        self._stack = stack

    async def node(self, *, allowed_origins: Sequence[str] | None = None, **limits: Any) -> Node:
        signaling = create_signaling(
            self.valkey_url,
            states=self.streams,
            tokens=self.tokens,
            members=self.membership,
            limits=SignalingLimits(**limits),
            allowed_origins=allowed_origins,
        )
        app = web.Application()
        signaling.attach(app)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        return Node(signaling, f"http://127.0.0.1:{port}")

    async def client(self, node: Node, auth: object = None, transports: tuple[str, ...] = ("websocket",)) -> Client:
        client = Client()
        await client.io.connect(node.url, auth=auth, transports=list(transports), wait_timeout=5, retry=False)
        self._stack.push_async_callback(client.io.shutdown)
        return client


@pytest.fixture
async def world(valkey_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield World(valkey_url, stack)
