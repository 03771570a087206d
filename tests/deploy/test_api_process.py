"""The API as a program: REST, Socket.IO and the web app on one port, on real servers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from deploy.processes import api as api_process
from deploy.processes.settings import WebSettings
from deploy.standalone.plan import answers
from deploy.standalone.secret_store import PUBLIC_KEY, complete_secrets
from tests.control_api.support.api import api_settings
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.servers import OwnPostgres
from tests.support.slow_http import drip_headers
from tests.support.waiting import eventually

MODULE = "deploy.processes.api"
ACCOUNT = {"email": "dj@example.com", "password": "correct horse 9 Battery"}
PROFILE = {"role": "dj", "username": "nightshift", "termsAccepted": True}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<!doctype html><title>the page</title>")
    return dist


@asynccontextmanager
async def api(database_url: str, valkey_url: str, dist: Path, **environment: str) -> AsyncIterator[tuple[str, Program]]:
    port = free_port()
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": valkey_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_DIST": str(dist),
        "OBJECTS_URL": (dist.parent / "objects").as_uri(),
        "BCRYPT_COST": "4",
        **complete_secrets({}, dist.parent, production=False),
        **environment,
    }
    with running(MODULE, values, dist.parent / "log") as program:
        url = f"http://127.0.0.1:{port}"
        await eventually(partial(answers, f"{url}/health"), timeout_s=30)
        yield url, program


async def test_an_empty_database_is_migrated_and_everything_answers_on_one_port(
    empty_database_url: str, valkey_url: str, dist: Path
) -> None:
    async with (
        api(empty_database_url, valkey_url, dist) as (url, program),
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"{url}/api/v1/stream/live") as response:
            assert (await response.json())["data"]["streams"] == []
        async with session.get(f"{url}/watch/some-stream") as response:
            assert "the page" in await response.text()
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        async with session.get(f"{url}/api/v1/no-such-route") as response:
            assert response.status == 404
            assert (await response.json())["success"] is False
        for path in ("/internal/ingest", "/internal/", "/internal/anything"):
            async with session.get(f"{url}{path}") as response:
                assert (response.status, (await response.json())["error"]["code"]) == (404, "NOT_FOUND")
        client = socketio.AsyncClient()
        await client.connect(url)
        assert await client.call("lobby:watch") == {"success": True, "data": {}}
        await client.disconnect()
        assert program.end(signal.SIGTERM) == 0, program.output


async def test_what_happens_to_a_stream_is_announced_to_those_who_watch_it(
    database_url: str, valkey_url: str, dist: Path
) -> None:
    media_port = free_port(udp_too=True)
    made = complete_secrets({}, dist.parent, production=False)
    worker_environment = {
        "REDIS_URL": valkey_url,
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_PORT": str(media_port),
        "OBJECTS_URL": "memory:///",
        "MEDIA_SPOOL_DIR": str(dist.parent / "spool"),
        "RTMP_PORT": "0",
        "MEDIA_ICE_TCP_PORT": "0",
        **{name: made[name] for name in (PUBLIC_KEY, "INTERNAL_TOKEN", "TARGETS_SECRET")},
    }
    with running("deploy.processes.media_worker", worker_environment, dist.parent / "worker-log"):
        await eventually(partial(answers, f"http://127.0.0.1:{media_port}/health"), timeout_s=20)
        async with (
            api(database_url, valkey_url, dist) as (url, _program),
            aiohttp.ClientSession(f"{url}/api/v1/") as session,
        ):
            headers = await signed_in(session)
            async with session.post("dj/start-stream", json={"title": "A set"}, headers=headers) as response:
                assert response.status == 201, await response.text()
                started = (await response.json())["data"]
            assert started["publish"]["whipUrl"].startswith(f"http://127.0.0.1:{media_port}/whip/")
            async with watching(url, started["stream"]["id"]) as (state, told):
                assert (state["status"], state["mediaState"]) == ("live", "waiting")
                async with session.post("dj/end-stream", json={}, headers=headers) as response:
                    assert response.status == 200, await response.text()
                async with asyncio.timeout(10):
                    while (await told.get())["status"] != "ended":  # what came before may be told first
                        continue


async def test_headers_that_never_end_are_given_up(
    database_url: str, valkey_url: str, dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_process, "IDLE_CONNECTION_S", 0.3)
    settings = api_settings(database_url, valkey_url, host="127.0.0.1", port=free_port())
    serving = asyncio.create_task(api_process.serve(settings, WebSettings(web_dist=dist)))
    try:
        await eventually(partial(answers, f"http://127.0.0.1:{settings.port}/health"), timeout_s=30)
        assert await drip_headers(settings.port) == b""
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_neither_passwords_nor_tokens_are_logged_at_any_level(
    empty_database_url: str, valkey_url: str, dist: Path
) -> None:
    async with (
        api(empty_database_url, valkey_url, dist, LOG_LEVEL="DEBUG") as (url, program),
        aiohttp.ClientSession(f"{url}/api/v1/") as session,
    ):
        async with session.post("auth/register", json=ACCOUNT | PROFILE) as response:
            assert response.status == 201, await response.text()
        async with session.post("auth/login", json=ACCOUNT) as response:
            data = (await response.json())["data"]
            cookie = response.cookies["nrs_refresh"].value
        async with session.post("auth/refresh", json={"refreshToken": data["refreshToken"]}) as response:
            refreshed = (await response.json())["data"]
        secrets = {
            ACCOUNT["password"],
            cookie,
            data["accessToken"],
            refreshed["accessToken"],
            refreshed["refreshToken"],
        }
        # Bytes that no header may have make the server's HTTP parser complain about the line.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(f"GET / HTTP/1.1\r\nHost: a\r\nCookie: nrs_refresh={cookie}\0\r\n\r\n".encode())
        assert b" 400 Bad Request" in await reader.readline()
        writer.close()
        for token in (data["accessToken"], "x." + refreshed["accessToken"]):
            async with session.get("user/profile", headers={"Authorization": f"Bearer {token}"}) as response:
                assert response.status in {200, 401}
        client = socketio.AsyncClient()
        await client.connect(url, auth={"token": refreshed["accessToken"]})
        await client.disconnect()
        assert program.end(signal.SIGTERM) == 0
        assert "/auth/login" in program.output, "the requests are logged"
        assert [secret for secret in secrets if secret in program.output] == []


async def test_a_forged_access_token_may_not_connect(database_url: str, valkey_url: str, dist: Path) -> None:
    async with api(database_url, valkey_url, dist) as (url, _program):
        client = socketio.AsyncClient()
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(url, auth={"token": "forged"})


async def signed_in(session: aiohttp.ClientSession) -> dict[str, str]:
    """Register a DJ; the headers of her requests."""
    async with session.post("auth/register", json=ACCOUNT | PROFILE) as response:
        assert response.status == 201, await response.text()
    async with session.post("auth/login", json=ACCOUNT) as response:
        return {"Authorization": f"Bearer {(await response.json())['data']['accessToken']}"}


@asynccontextmanager
async def watching(url: str, stream_id: str) -> AsyncIterator[tuple[dict[str, Any], asyncio.Queue[dict[str, Any]]]]:
    """The state of the stream now, and the queue of what is told of it from then on."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    client = socketio.AsyncClient()
    client.on("stream:state", told.put)
    await client.connect(url)
    try:
        yield (await client.call("stream:watch", {"streamId": stream_id}))["data"], told
    finally:
        await client.disconnect()


async def test_without_postgresql_it_is_up_and_says_so_and_recovers(
    own_postgres: OwnPostgres, valkey_url: str, dist: Path
) -> None:
    async with (
        api(own_postgres.dsn(), valkey_url, dist) as (url, _program),
        aiohttp.ClientSession() as session,
    ):
        live = f"{url}/api/v1/stream/live"
        own_postgres.kill()
        async with session.get(live) as response:
            assert response.status == 503
            assert (await response.json())["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert await answers(f"{url}/health")
        own_postgres.start()
        await eventually(partial(answers, live))


def test_missing_secrets_are_named(tmp_path: Path) -> None:
    with running(MODULE, {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x"}, tmp_path / "log") as program:
        assert program.process.wait(20) == 2
        assert "JWT_SECRET is not set" in program.output
        assert "Traceback" not in program.output
