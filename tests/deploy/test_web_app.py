"""The built web app over real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from deploy.processes.settings import WebSettings
from deploy.processes.web_app import WebApp

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>page</title>")
    (dist / "assets" / "app-abc123.js").write_text("start()")
    (dist / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("outside")
    app = web.Application()
    WebApp(dist, ["https://media.example.com"]).install(app)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/index.html", "/watch/3f2a", "/studio"])
async def test_every_route_of_the_app_is_the_page_and_is_asked_for_again(path: str, client: Client) -> None:
    response = await client.get(path)
    assert response.status == 200
    assert "page" in await response.text()
    assert response.headers["Cache-Control"] == "no-cache"


async def test_hashed_files_are_kept_for_ever(client: Client) -> None:
    response = await client.get("/assets/app-abc123.js")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.content_type in {"text/javascript", "application/javascript"}


async def test_a_file_with_a_lasting_name_is_kept_for_a_while(client: Client) -> None:
    response = await client.get("/favicon.svg")
    assert response.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("path", ["/assets/gone-1.js", "/missing.png", "/api/v1/unknown", "/api"])
async def test_a_missing_file_and_the_api_are_never_answered_with_the_page(path: str, client: Client) -> None:
    assert (await client.get(path)).status == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd"]
)
async def test_nothing_outside_the_build_can_be_read(path: str, client: Client) -> None:
    url = f"http://127.0.0.1:{client.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as response:
        text = await response.text()
    assert "outside" not in text
    assert "root:" not in text


async def test_a_path_that_no_file_system_takes_is_not_an_error_of_ours(client: Client) -> None:
    assert (await client.get("/" + "x" * 5000)).status == 200
    assert (await client.get("/a%00b.js")).status == 404


async def test_a_symlink_out_of_the_build_is_not_followed(client: Client, tmp_path: Path) -> None:
    (tmp_path / "dist" / "leak.txt").symlink_to(tmp_path / "secret.txt")
    assert (await client.get("/leak.txt")).status == 404


async def test_the_page_may_reach_its_own_host_and_the_media_servers_and_run_no_inline_script(client: Client) -> None:
    response = await client.get("/", headers={"Host": "live.example.com:3000"})
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "http://live.example.com:*" in policy["connect-src"].split()
    assert "https://media.example.com" in policy["connect-src"].split()
    assert "camera=(self)" in response.headers["Permissions-Policy"]


async def test_a_crafted_host_header_cannot_add_to_the_policy(client: Client) -> None:
    response = await client.get("/", headers={"Host": "x; script-src https://evil.example"})
    assert "evil" not in response.headers["Content-Security-Policy"]


async def test_a_new_build_is_served_without_a_restart(client: Client, tmp_path: Path) -> None:
    (tmp_path / "dist" / "assets" / "app-new.js").write_text("new()")
    assert await (await client.get("/assets/app-new.js")).text() == "new()"


@pytest.mark.parametrize("origin", ["https://a.example/path", "javascript:alert(1)", "https://a; script-src *"])
def test_media_origins_are_origins(origin: str) -> None:
    with pytest.raises(ValueError, match=re.compile("origin|address")):
        WebSettings(media_origins=(origin,))


def test_the_public_address_of_the_worker_is_a_media_origin() -> None:
    settings = WebSettings(media_public_url="https://media.example.com/base", media_origins=("https://b.example",))
    assert settings.all_media_origins == ("https://media.example.com", "https://b.example")
