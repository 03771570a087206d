"""Claims about the access log."""

from structlog.testing import capture_logs

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
