"""The real application on a real socket, and a client for it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import ClientSession, DummyCookieJar, web
from multidict import CIMultiDictProxy

from control_api.app import create_app
from control_api.identity import Role, StreamId
from control_api.settings import ApiSettings
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.models import StreamState

PASSWORD = "a rather good one"
SEED = base64.urlsafe_b64encode(bytes(range(32))).decode()
INTERNAL_TOKEN = "what media workers show, for tests only"
TARGETS_SECRET = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()
JWT_SECRET = "an access token secret for tests only, long enough for every HMAC of RFC 7518"

_numbers = count()


class MovingClock:
    """The present, which a test may move forward."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, **duration: float) -> None:
        self.offset += timedelta(**duration)


@dataclass(slots=True)
class Announcements:
    """Records what the API announces."""

    states: list[StreamState] = field(default_factory=list)
    lobby: int = 0
    moves: list[tuple[str, str]] = field(default_factory=list)

    async def stream_moves(self, stream_id: StreamId, worker_id: str) -> None:
        self.moves.append((str(stream_id), worker_id))

    async def stream_changed(self, state: StreamState) -> None:
        self.states.append(state)

    async def lobby_changed(self) -> None:
        self.lobby += 1


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: CIMultiDictProxy[str]
    body: Any
    cookies: dict[str, Any]

    @property
    def data(self) -> Any:
        assert self.status < 400, self.body
        assert self.body["success"] is True
        return self.body["data"]

    @property
    def code(self) -> str:
        assert self.body["success"] is False
        return str(self.body["error"]["code"])


@dataclass(frozen=True, slots=True)
class Account:
    user_id: UUID
    email: str
    username: str
    role: Role
    access_token: str
    refresh_token: str


class Api:
    """A running application. `send` speaks to it as any client would."""

    def __init__(self, base_url: str, settings: ApiSettings, http: ClientSession) -> None:
        self.base_url = base_url
        self.settings = settings
        self._http = http

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        by: Account | None = None,
    ) -> Reply:
        """A path that does not begin with /api or /health or /swagger is one of the API."""
        if not path.startswith(("/api", "/health", "/swagger", "/nowhere", "/internal")):
            path = "/api/v1" + path
        sent = dict(headers or {})
        if (bearer := token or (by.access_token if by else None)) is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        async with self._http.request(method, self.base_url + path, json=json, data=data, headers=sent) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.read()
            cookies = dict(response.cookies.items())
            return Reply(response.status, response.headers, body, cookies)

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.send("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        return await self.send("POST", path, json=json, **options)

    async def account(self, role: Role | str = Role.VIEWER, *, name: str | None = None) -> Account:
        """A new user who has signed in. An administrator is made in the database, as nobody can register as one."""
        role = Role(role)
        username = name or f"user_{next(_numbers)}"
        email = f"{username.lower()}@example.com"
        wanted = Role.VIEWER if role is Role.ADMIN else role
        body = {"email": email, "password": PASSWORD, "role": wanted.value, "username": username}
        registered = await self.post("/auth/register", body)
        user_id = UUID(registered.data["userId"])
        if role is Role.ADMIN:
            await self.execute("update app_user set role = 'admin' where id = $1", user_id)
        login = (await self.post("/auth/login", {"email": email, "password": PASSWORD})).data
        return Account(user_id, email, username, role, login["accessToken"], login["refreshToken"])

    async def execute(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Run SQL beside the application."""
        connection = await asyncpg.connect(self.settings.database_url.get_secret_value())
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()


def api_settings(database_url: str, valkey_url: str, **overrides: Any) -> ApiSettings:
    """Settings with cheap passwords and limits that only their own tests reach."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": valkey_url,
        "jwt_secret": JWT_SECRET,
        "refresh_token_secret": "a refresh token secret for tests only",
        "media_token_private_key": SEED,
        "internal_token": INTERNAL_TOKEN,
        "targets_secret": TARGETS_SECRET,
        "objects_url": "memory:///",
        "node_env": "test",
        "bcrypt_cost": 4,
        "rate_limit_max_requests": 100_000,
        "rate_limit_auth_max_requests": 100_000,
        "rate_limit_stream_max_requests": 100_000,
        "rate_limit_upload_max_requests": 100_000,
        **overrides,
    }
    return ApiSettings(**values)


@asynccontextmanager
async def running_api(
    settings: ApiSettings, *, announce: StreamAnnouncer | None = None, clock: MovingClock | None = None
) -> AsyncIterator[Api]:
    app = create_app(settings, announce=announce, clock=clock or MovingClock())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield Api(f"http://127.0.0.1:{port}", settings, http)
    finally:
        await runner.cleanup()
