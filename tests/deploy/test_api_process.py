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

from deploy.standalone.plan import answers
from deploy.standalone.secret_store import PUBLIC_KEY, complete_secrets
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.servers import OwnPostgres
from tests.support.waiting import eventually

MODULE = "deploy.processes.api"


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
        client = socketio.AsyncClient()
        await client.connect(url)
        assert await client.call("lobby:watch") == {"success": True, "data": {}}
        await client.disconnect()
        assert program.end(signal.SIGTERM) == 0, program.output


async def test_what_happens_to_a_stream_is_announced_to_those_who_watch_it(
    database_url: str, valkey_url: str, dist: Path
) -> None:
    media_port = free_port(udp_too=True)
    worker_environment = {
        "REDIS_URL": valkey_url,
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_PORT": str(media_port),
        PUBLIC_KEY: complete_secrets({}, dist.parent, production=False)[PUBLIC_KEY],
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


async def test_a_forged_access_token_may_not_connect(database_url: str, valkey_url: str, dist: Path) -> None:
    async with api(database_url, valkey_url, dist) as (url, _program):
        client = socketio.AsyncClient()
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(url, auth={"token": "forged"})


async def signed_in(session: aiohttp.ClientSession) -> dict[str, str]:
    """Register a DJ; the headers of her requests."""
    account = {"email": "dj@example.com", "password": "correct horse 9 Battery"}
    profile = {"role": "dj", "username": "nightshift", "termsAccepted": True}
    async with session.post("auth/register", json=account | profile) as response:
        assert response.status == 201, await response.text()
    async with session.post("auth/login", json=account) as response:
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
