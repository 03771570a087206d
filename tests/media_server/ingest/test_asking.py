"""Asking control_api whose key it is: over real HTTP, and what is made of bad answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from media_server.ingest import asking
from media_server.ingest.asking import ControlApi, IngestRefused, control_api
from media_server.sessions.encoder import EncoderGrant
from tests.media_server.ingest.stage import KEY
from tests.support.ports import free_port

TOKEN = "the-internal-token"
GRANT = {"streamId": "stream-1", "userId": "user-1", "generation": 3, "takeOver": True}

Answer = Callable[[int, dict[str, Any]], web.Response]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[tuple[ControlApi, list[dict[str, Any]]]]:
    """control_api as its contract has it; `answer` is given the number of the request and its body."""
    asked: list[dict[str, Any]] = []

    async def ingest(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        asked.append(await request.json())
        return answer(len(asked), asked[-1])

    app = web.Application()
    app.router.add_post("/internal/ingest", ingest)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with control_api(url, SecretStr(TOKEN), worker_id="worker-1") as client:
            yield client, asked
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_BETWEEN_S", 0.01)


def refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"success": False, "error": {"code": code, "message": message}}, status=status)


async def test_a_grant_is_read() -> None:
    async with answering(lambda number, body: web.json_response(GRANT)) as (client, asked):
        grant = await client.admit(KEY, protocol="rtmps", address="192.0.2.7")
    assert grant == EncoderGrant("stream-1", "user-1", 3, "rtmps", take_over=True)
    assert asked == [{"key": KEY, "protocol": "rtmps", "worker_id": "worker-1", "address": "192.0.2.7"}]


async def test_an_answer_may_come_in_pieces() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(GRANT).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n\r\n".encode()
        for part in (head, body[:20], body[20:]):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, control_api(url, SecretStr(TOKEN), worker_id="worker-1") as client:
        assert (await client.admit(KEY, protocol="rtmp", address="")).generation == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "STREAM_KEY_INVALID"), (403, "STREAM_KEY_REVOKED"), (409, "ALREADY_LIVE"), (429, "RATE_LIMITED")],
)
async def test_a_refusal_is_handed_on_and_not_asked_again(status: int, code: str) -> None:
    async with answering(lambda number, body: refusal(status, code, "Not you.\r\n")) as (client, asked):
        with pytest.raises(IngestRefused, match=r"^Not you\.$") as refused:
            await client.admit(KEY, protocol="rtmp", address="192.0.2.7")
    assert (refused.value.code, len(asked)) == (code, 1)


async def test_an_outage_is_asked_through() -> None:
    def answer(number: int, body: dict[str, Any]) -> web.Response:
        return web.json_response(GRANT) if number == 3 else refusal(503, "SERVICE_UNAVAILABLE", "Later.")

    async with answering(answer) as (client, asked):
        assert (await client.admit(KEY, protocol="rtmp", address="")).stream_id == "stream-1"
    assert len(asked) == 3


async def test_an_outage_that_lasts_is_told_in_words() -> None:
    async with answering(lambda number, body: refusal(503, "SERVICE_UNAVAILABLE", "Later.")) as (client, asked):
        with pytest.raises(IngestRefused, match="Later"):
            await client.admit(KEY, protocol="rtmp", address="")
    assert len(asked) == 3


async def test_nobody_there_is_told_in_words() -> None:
    async with control_api(f"http://127.0.0.1:{free_port()}", SecretStr(TOKEN), worker_id="worker-1") as client:
        with pytest.raises(IngestRefused, match="Try again in a minute") as refused:
            await client.admit(KEY, protocol="rtmp", address="")
    assert refused.value.code == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize(
    "response",
    [
        lambda: web.Response(text="<html>proxy</html>", content_type="text/html"),
        lambda: web.json_response({"streamId": "../../x", "userId": "u", "generation": 1, "takeOver": False}),
        lambda: web.json_response(GRANT | {"generation": 0}),
        lambda: web.json_response([]),
        lambda: web.Response(body=b"[" * 200_000),
        lambda: web.Response(text="<html>gone</html>", content_type="text/html", status=404),
        lambda: web.json_response({"error": "no"}, status=403),
        lambda: web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"}),
    ],
    ids=["page", "id", "generation", "list", "long", "404", "envelope", "redirect"],
)
async def test_what_is_no_answer_of_control_api_lets_nobody_in(response: Callable[[], web.Response]) -> None:
    async with answering(lambda number, body: response()) as (client, _):
        with pytest.raises(IngestRefused) as refused:
            await client.admit(KEY, protocol="rtmp", address="")
    assert refused.value.code == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize("key", ["", "x" * 200, "schlüssel", "a\nb"])
async def test_what_is_no_key_is_not_asked_about(key: str) -> None:
    async with answering(lambda number, body: web.json_response(GRANT)) as (client, asked):
        with pytest.raises(IngestRefused):
            await client.admit(key, protocol="rtmp", address="")
    assert asked == []


async def test_keys_and_the_token_are_in_no_log() -> None:
    with capture_logs() as logs:
        for response in (refusal(403, "NO", KEY), web.json_response({"key": KEY, "token": TOKEN})):
            async with answering(lambda number, body, response=response: response) as (client, _):  # type: ignore[misc]
                with pytest.raises(IngestRefused):
                    await client.admit(KEY, protocol="rtmp", address="")
    assert KEY not in json.dumps(logs, default=repr)
    assert TOKEN not in json.dumps(logs, default=repr)
