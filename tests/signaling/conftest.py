"""Nodes of signaling on real sockets, the stream states behind them, and real Socket.IO clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import socketio
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.limits import SignalingLimits
from signaling.ports import ChatRefused, Identity, StateUnavailableError
from signaling.server import Signaling, create_signaling
from tests.support.waiting import eventually

CHAT_EVENTS = ("chat:message", "chat:removed", "chat:missed")
MIX_EVENTS = ("mix:desk", "mix:moment", "mix:pong", "mix:refused", "mix:changed", "mix:closed")


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


@dataclass(frozen=True, slots=True)
class Written:
    stream_id: UUID
    user_id: UUID
    text: str
    number: int
    id: UUID = field(default_factory=uuid4)
    username: str = "somebody"
    role: str = "viewer"
    badge: str | None = None
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Book:
    """Stands where control_api keeps what is written: takes all of it, refuses, or is out of reach."""

    def __init__(self) -> None:
        self.written: list[Written] = []
        self.refusal: ChatRefused | None = None
        self.is_away = False

    async def send(self, stream_id: UUID, author: UUID, text: str) -> Written:
        if self.is_away:
            raise StateUnavailableError
        if self.refusal is not None:
            raise self.refusal
        self.written.append(Written(stream_id, author, text, len(self.written) + 1))
        return self.written[-1]


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
        self.told: list[tuple[str, Any]] = []
        """What it was told of mixes, chats and its library: events with their payloads."""
        for event in (*MIX_EVENTS, *CHAT_EVENTS, "library:changed", "stream:health", "stream:move"):
            self.io.on(event, partial(self._told, event))
        self.io.on("stream:state", self.states.append)
        self.io.on("lobby:changed", self._lobby_changed)

    def _lobby_changed(self, _payload: object) -> None:
        self.lobby_changes += 1

    def _told(self, event: str, payload: object) -> None:
        self.told.append((event, payload))

    def all_of(self, event: str) -> list[Any]:
        """The payloads of an event, in order."""
        return [payload for name, payload in self.told if name == event]

    async def open_mix(self, stream_id: UUID) -> dict[str, Any]:
        return await self.ask("mix:open", {"streamId": str(stream_id)})

    async def send(self, stream_id: UUID, *commands: Any, device: str = "deck", ping: Any = None) -> dict[str, Any]:
        body = {"streamId": str(stream_id), "device": device, "commands": list(commands), "ping": ping}
        return await self.ask("mix:send", body)

    async def ask(self, event: str, payload: object = None, *, timeout_s: float = 10) -> dict[str, Any]:
        answer = await self.io.call(event, payload, timeout=timeout_s)
        assert isinstance(answer, dict)
        return answer

    async def watch(self, stream: Stream) -> dict[str, Any]:
        return await self.ask("stream:watch", {"streamId": str(stream.stream_id)})


class Mixer:
    """Stands where a mixer does: hears what members ask on `mix:in`, and says what it is told to on `mix:out`."""

    def __init__(self, valkey_url: str) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.valkey = Redis.from_url(valkey_url, decode_responses=True)

    async def say(self, stream_id: UUID, kind: str, **message: Any) -> int:
        """How many nodes heard it."""
        return int(await self.valkey.publish(f"mix:out:{stream_id}", json.dumps({"kind": kind, **message})))

    async def has_listeners(self, stream_id: UUID, count: int = 1) -> bool:
        [(_, listeners)] = await self.valkey.pubsub_numsub(f"mix:out:{stream_id}")
        return int(listeners) == count

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        listener = asyncio.create_task(self._listen())
        await eventually(self._is_heard)
        yield
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await self.valkey.aclose()

    async def _is_heard(self) -> bool:
        return await self.valkey.pubsub_numpat() >= 1

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with self.valkey.pubsub() as pubsub:
                    await pubsub.psubscribe("mix:in:*")
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None:
                            self.heard.append((message["channel"], json.loads(message["data"])))
            await asyncio.sleep(0.1)


class World:
    """Nodes and clients of one test, all taken down with it."""

    def __init__(self, valkey_url: str, stack: AsyncExitStack) -> None:
        self.valkey_url = valkey_url
        self.streams = StreamsOnRecord()
        self.tokens = Tokens()
        self.membership = Membership()
        self.book = Book()
        self._stack = stack

    async def node(self, *, allowed_origins: Sequence[str] | None = None, **limits: Any) -> Node:
        signaling = create_signaling(
            self.valkey_url,
            states=self.streams,
            tokens=self.tokens,
            members=self.membership,
            chat=self.book,
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
        # From here on a gap is one that the test has made.
        await eventually(lambda: signaling._channels.is_listening)
        return Node(signaling, f"http://127.0.0.1:{port}")

    async def member(self, node: Node, *, lives: timedelta = timedelta(minutes=15)) -> tuple[Client, UUID]:
        """A client that is signed in, and as whom."""
        token, user_id = self.tokens.issue(lives=lives)
        return await self.client(node, auth={"token": token}), user_id

    async def mixer(self) -> Mixer:
        """The mixer of every mix on this Valkey."""
        mixer = Mixer(self.valkey_url)
        await self._stack.enter_async_context(mixer.running())
        return mixer

    async def client(self, node: Node, auth: object = None, transports: tuple[str, ...] = ("websocket",)) -> Client:
        client = Client()
        await client.io.connect(node.url, auth=auth, transports=list(transports), wait_timeout=5, retry=False)
        self._stack.push_async_callback(client.io.shutdown)
        return client


@pytest.fixture
async def world(valkey_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield World(valkey_url, stack)
