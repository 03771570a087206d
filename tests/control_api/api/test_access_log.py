"""Claims about the access log."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from control_api.api.client import ClientResolver
from control_api.api.middleware.context import request_context
from tests.control_api.support.api import PASSWORD, Api


async def test_each_request_is_one_line_with_its_id_and_user_and_without_secrets(api: Api) -> None:
    anna = await api.account("dj")
    with capture_logs() as logs:
        await api.post("/auth/login", {"email": anna.email, "password": PASSWORD})
        await api.get("/user/profile?token=in-the-query", by=anna, headers={"Cookie": "nrs_refresh=in-the-cookie"})
        await api.post("/auth/refresh", {"refreshToken": anna.refresh_token})
    lines = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/auth/login", 200),
        ("GET", "/api/v1/user/profile", 200),
        ("POST", "/api/v1/auth/refresh", 200),
    ]
    assert [line["user_id"] for line in lines] == [None, str(anna.user_id), None]
    assert all(line["address"] == "127.0.0.1" and line["duration_ms"] >= 0 for line in lines)
    for secret in (PASSWORD, anna.access_token, anna.refresh_token, "in-the-query", "in-the-cookie"):
        assert secret not in str(logs)


@pytest.mark.parametrize(("log_all", "levels"), [(True, ["info"] * 3), (False, ["debug", "debug", "info"])])
async def test_our_own_failures_are_always_said(log_all: bool, levels: list[str]) -> None:
    async def works(_request: web.Request) -> web.Response:
        return web.Response()

    async def fails(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    app = web.Application(middlewares=[request_context(ClientResolver(()), log_all=log_all)])
    app.router.add_get("/works", works)
    app.router.add_get("/fails", fails)
    async with TestClient(TestServer(app)) as client:
        with capture_logs() as logs:
            await client.get("/works")
            await client.get("/is-not-there")
            await client.get("/fails")
    assert [line["log_level"] for line in logs if line["event"] == "request"] == levels
