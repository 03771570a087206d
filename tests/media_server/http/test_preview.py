"""Pictures of live streams over HTTP: for anybody, for every page, and for caches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from media_server.egress.thumbnails.thumbnails import Preview
from media_server.http.cors import cors_signal
from media_server.http.errors import render_errors
from media_server.http.preview import preview_routes

Client = TestClient[Any, Any]
PICTURES = {("one", "jpg"): Preview(b"\xff\xd8jpeg", "aaaa"), ("one", "webp"): Preview(b"RIFFwebp", "bbbb")}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[render_errors])
    app.on_response_prepare.append(cors_signal(("https://studio.example",)))
    app.add_routes(preview_routes(lambda stream_id, suffix: PICTURES.get((stream_id, suffix))))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


@pytest.mark.parametrize(("suffix", "kind"), [("jpg", "image/jpeg"), ("webp", "image/webp")])
async def test_a_picture_needs_no_token_and_may_be_kept_for_five_seconds(
    client: Client, suffix: str, kind: str
) -> None:
    response = await client.get(f"/preview/one.{suffix}")
    assert response.status == 200
    assert await response.read() == PICTURES["one", suffix].body
    assert response.content_type == kind
    assert response.headers["Cache-Control"] == "public, max-age=5"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://studio.example", "https://elsewhere.example"])
async def test_pages_of_every_origin_may_show_it(client: Client, origin: str) -> None:
    response = await client.get("/preview/one.jpg", headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] in ("*", origin)
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_who_has_it_already_is_not_sent_it_again(client: Client) -> None:
    etag = (await client.get("/preview/one.jpg")).headers["ETag"]
    again = await client.get("/preview/one.jpg", headers={"If-None-Match": f'"old", {etag}'})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == etag
    assert (await client.get("/preview/one.jpg", headers={"If-None-Match": '"old"'})).status == 200


@pytest.mark.parametrize("path", ["two.jpg", "one.png", "one", "one.jpg/more", "..%2Fone.jpg"])
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    response = await client.get(f"/preview/{path}")
    assert response.status == 404
    assert (await response.json())["success"] is False
