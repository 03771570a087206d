"""Claims about what every request passes through: envelopes, ids, bodies, headers, origins."""

import asyncio
import re
from typing import Any

import pytest

from control_api.api.router import BODY_TIMEOUT_S
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api

LOGIN = {"email": "a@example.com", "password": "whatever it is"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("prefix", ["/api/v1", "/api"])
async def test_the_versioned_and_the_plain_prefix_answer_the_same(api: Api, prefix: str) -> None:
    assert (await api.get(f"{prefix}/stream/live")).data == {"streams": [], "total": 0, "page": 1, "perPage": 20}


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/nothing", "/api/v2/stream/live", "/nowhere"])
async def test_an_unknown_address_answers_with_the_envelope(api: Api, path: str) -> None:
    reply = await api.get(path)
    assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert set(reply.body) == {"success", "error"}
    assert set(reply.body["error"]) == {"code", "message"}


async def test_a_wrong_method_names_the_right_ones(api: Api) -> None:
    reply = await api.send("DELETE", "/auth/login")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "UNSUPPORTED_MEDIA_TYPE"),
        (b"{", "INVALID_JSON"),
        (b"\xff\xfe", "INVALID_JSON"),
        (b'{"email": "\\ud800"}', "INVALID_JSON"),
        (b"[" * 30_000, "INVALID_JSON"),
        (b"[]", "VALIDATION_ERROR"),
        (b"null", "VALIDATION_ERROR"),
        (b'{"email": 5, "password": true}', "VALIDATION_ERROR"),
    ],
)
async def test_a_body_that_cannot_be_used_is_told_why(api: Api, data: bytes, code: str) -> None:
    reply = await api.send("POST", "/auth/login", data=data, headers=JSON if data else None)
    assert reply.code == code
    assert reply.status == {"UNSUPPORTED_MEDIA_TYPE": 415, "INVALID_JSON": 400, "VALIDATION_ERROR": 422}[code]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_foreign_page_may_post_without_asking_is_not_read(api: Api, content_type: str) -> None:
    reply = await api.send(
        "POST", "/auth/login", data=b'{"email": "a@example.com"}', headers={"Content-Type": content_type}
    )
    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_above_64_kib_is_refused_and_one_below_is_read(api: Api) -> None:
    too_large = await api.send("POST", "/auth/login", data=b" " * 65_537, headers=JSON)
    assert (too_large.status, too_large.code) == (413, "BODY_TOO_LARGE")
    assert (await api.send("POST", "/auth/login", data=b" " * 65_535, headers=JSON)).code == "INVALID_JSON"


async def test_a_body_that_never_arrives_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BODY_TIMEOUT_S <= 10
    monkeypatch.setattr("control_api.api.router.BODY_TIMEOUT_S", 0.2)
    host, port = api.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 100\r\n\r\n{")
    async with asyncio.timeout(5):
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
    writer.close()


async def test_what_nobody_foresaw_says_nothing_of_itself(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret is swordfish")

    monkeypatch.setattr("control_api.streams.service.StreamService.page_on_air", broken)
    reply = await api.get("/stream/live")
    assert (reply.status, reply.code) == (500, "INTERNAL_ERROR")
    assert "swordfish" not in str(reply.body)


async def test_a_request_keeps_the_id_it_came_with(api: Api) -> None:
    assert (await api.get("/health", headers={"X-Request-Id": "abc-1.2_3"})).headers["X-Request-Id"] == "abc-1.2_3"


@pytest.mark.parametrize("offered", [None, "", "x" * 65, "with space", "<script>", "é"])
async def test_a_request_without_a_proper_id_gets_one(api: Api, offered: str | None) -> None:
    reply = await api.get("/health", headers={"X-Request-Id": offered} if offered is not None else None)
    assert re.fullmatch(r"[0-9a-f]{32}", reply.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/health", "/stream/live", "/nowhere", "/api/docs/openapi.json"])
async def test_every_answer_tells_browsers_to_be_careful(api: Api, path: str) -> None:
    headers = (await api.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in headers
    assert headers["Server"] == "nrs-live"


async def test_answers_of_the_api_load_nothing_and_are_kept_nowhere(api: Api) -> None:
    headers = (await api.get("/stream/live")).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"


async def test_behind_https_browsers_are_told_to_stay_there(start_api: StartApi) -> None:
    api = await start_api(trusted_proxies=["127.0.0.1"])
    headers = (await api.get("/health", headers={"X-Forwarded-Proto": "https"})).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")


async def test_an_allowed_origin_may_call_with_credentials_and_read_errors_too(start_api: StartApi) -> None:
    api = await start_api(cors_origin=["https://app.example.com", "http://localhost:5173"])
    for origin in ("https://app.example.com", "http://localhost:5173"):
        preflight = await api.send(
            "OPTIONS", "/auth/login", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert preflight.status == 204
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        for reply in (preflight, await api.post("/auth/login", LOGIN, headers={"Origin": origin})):
            assert reply.headers["Access-Control-Allow-Origin"] == origin
            assert reply.headers["Access-Control-Allow-Credentials"] == "true"
            assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example.com", "https://app.example.com.evil.com", "null"])
async def test_any_other_origin_is_not_let_in(start_api: StartApi, origin: str) -> None:
    api = await start_api(cors_origin=["https://app.example.com"])
    preflight = await api.send(
        "OPTIONS", "/auth/login", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )
    assert (preflight.status, preflight.code) == (403, "ORIGIN_NOT_ALLOWED")
    reply = await api.get("/stream/live", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert reply.headers["Vary"] == "Origin"
