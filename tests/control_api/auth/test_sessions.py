"""Claims about refresh tokens: rotation, reuse, the cookie, signing out."""

import asyncio

import pytest

from tests.control_api.conftest import StartApi
from tests.control_api.support.api import PASSWORD, Api, MovingClock, Reply


async def refresh(api: Api, token: str) -> Reply:
    return await api.post("/auth/refresh", {"refreshToken": token})


def cookie(token: str, **headers: str) -> dict[str, str]:
    return {"Cookie": f"nrs_refresh={token}", **{name.replace("_", "-"): value for name, value in headers.items()}}


async def test_a_refresh_gives_an_access_token_that_works_and_another_refresh_token(api: Api) -> None:
    anna = await api.account("dj")
    first = (await refresh(api, anna.refresh_token)).data
    assert first["refreshToken"] != anna.refresh_token
    assert first["user"]["id"] == str(anna.user_id)
    assert (await api.get("/user/profile", token=first["accessToken"])).status == 200
    assert (await refresh(api, first["refreshToken"])).status == 200


async def test_a_token_used_again_revokes_everything_that_came_from_its_log_in(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    stolen = anna.refresh_token
    child = (await refresh(api, stolen)).data
    clock.advance(seconds=11)
    reused = await refresh(api, stolen)
    assert (reused.status, reused.code) == (401, "REFRESH_TOKEN_REUSED")
    after = await refresh(api, child["refreshToken"])
    assert (after.status, after.code) == (401, "INVALID_REFRESH_TOKEN")
    assert (await api.get("/user/profile", token=child["accessToken"])).code == "INVALID_TOKEN"


async def test_reuse_leaves_the_other_sessions_of_the_user_alone(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    other = (await api.post("/auth/login", {"email": anna.email, "password": PASSWORD})).data
    await refresh(api, anna.refresh_token)
    clock.advance(seconds=11)
    assert (await refresh(api, anna.refresh_token)).code == "REFRESH_TOKEN_REUSED"
    assert (await refresh(api, other["refreshToken"])).status == 200


async def test_tabs_that_refresh_at_the_same_moment_all_stay_signed_in(api: Api) -> None:
    anna = await api.account()
    replies = await asyncio.gather(*(refresh(api, anna.refresh_token) for _ in range(6)))
    tokens = {reply.data["refreshToken"] for reply in replies}
    assert len(tokens) == 6
    assert {(await refresh(api, token)).status for token in tokens} == {200}


async def test_the_grace_for_a_second_tab_does_not_renew_itself(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    for _ in range(2):
        assert (await refresh(api, anna.refresh_token)).status == 200
        clock.advance(seconds=6)
    assert (await refresh(api, anna.refresh_token)).code == "REFRESH_TOKEN_REUSED"


async def test_a_refresh_token_ends_with_its_time(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    clock.advance(days=7)
    assert (await refresh(api, anna.refresh_token)).code == "INVALID_REFRESH_TOKEN"


async def test_refreshing_in_time_keeps_a_session_beyond_seven_days(api: Api, clock: MovingClock) -> None:
    token = (await api.account()).refresh_token
    for _ in range(3):
        clock.advance(days=6)
        token = (await refresh(api, token)).data["refreshToken"]


@pytest.mark.parametrize("token", ["x", "e30.e30.e30", "'; drop table refresh_token; --", "é" * 500])
async def test_a_token_nobody_was_given_is_refused(api: Api, token: str) -> None:
    reply = await refresh(api, token)
    assert (reply.status, reply.code) == (401, "INVALID_REFRESH_TOKEN")


async def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(api: Api) -> None:
    anna = await api.account()
    assert (await refresh(api, anna.access_token)).code == "INVALID_REFRESH_TOKEN"
    assert (await api.get("/user/profile", token=anna.refresh_token)).code == "INVALID_TOKEN"


async def test_the_database_does_not_hold_what_would_let_its_reader_sign_in(api: Api) -> None:
    anna = await api.account()
    rows = await api.execute("select encode(token_hash, 'escape') as h, token_hash from refresh_token")
    assert len(rows) == 1
    assert len(rows[0]["token_hash"]) == 32
    assert anna.refresh_token not in rows[0]["h"]


async def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(api: Api) -> None:
    anna = await api.account()
    login = await api.post("/auth/login", {"email": anna.email, "password": PASSWORD})
    morsel = login.cookies["nrs_refresh"]
    assert morsel.value == login.data["refreshToken"]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/api")
    assert morsel["max-age"] == str(7 * 24 * 3600)
    assert not morsel["secure"]


async def test_scripts_can_see_that_there_is_a_session_and_nothing_of_it(api: Api) -> None:
    anna = await api.account()
    login = await api.post("/auth/login", {"email": anna.email, "password": PASSWORD})
    hint = login.cookies["nrs_signed_in"]
    assert (hint.value, hint["httponly"], hint["path"]) == ("1", "", "/")
    assert hint["max-age"] == login.cookies["nrs_refresh"]["max-age"]
    logout = await api.post("/auth/logout", headers=cookie(anna.refresh_token))
    assert logout.cookies["nrs_signed_in"]["max-age"] == "0"


async def test_the_cookie_is_secure_in_production_and_behind_https(start_api: StartApi) -> None:
    for options, headers in (
        ({"node_env": "production"}, {}),
        ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-Proto": "https"}),
    ):
        api = await start_api(**options)
        anna = await api.account()
        login = await api.post("/auth/login", {"email": anna.email, "password": PASSWORD}, headers=headers)
        assert login.cookies["nrs_refresh"]["secure"]


async def test_by_cookie_the_refresh_token_comes_back_in_the_cookie_alone(api: Api) -> None:
    anna = await api.account()
    reply = await api.post("/auth/refresh", headers=cookie(anna.refresh_token))
    assert reply.data["refreshToken"] is None
    rotated = reply.cookies["nrs_refresh"].value
    assert rotated != anna.refresh_token
    assert (await api.post("/api/auth/refresh", headers=cookie(rotated))).status == 200


async def test_by_body_no_cookie_is_set(api: Api) -> None:
    anna = await api.account()
    assert (await refresh(api, anna.refresh_token)).cookies == {}


async def test_the_cookie_does_not_count_when_another_origin_had_it_sent(start_api: StartApi) -> None:
    api = await start_api(cors_origin=["https://app.example.com"])
    anna = await api.account()
    neighbour = cookie(anna.refresh_token, Sec_Fetch_Site="same-site", Origin="https://blog.example.com")
    for path in ("/auth/refresh", "/auth/logout"):
        refused = await api.post(path, headers=neighbour)
        assert (refused.status, refused.code) == (403, "ORIGIN_NOT_ALLOWED")
    allowed = cookie(anna.refresh_token, Sec_Fetch_Site="same-site", Origin="https://app.example.com")
    assert (await api.post("/auth/refresh", headers=allowed)).status == 200


async def test_signing_out_ends_refresh_and_access_tokens_at_once_and_clears_the_cookie(api: Api) -> None:
    anna = await api.account()
    reply = await api.post("/auth/logout", headers=cookie(anna.refresh_token))
    assert reply.data == {}
    assert reply.cookies["nrs_refresh"]["max-age"] == "0"
    assert (await refresh(api, anna.refresh_token)).code == "INVALID_REFRESH_TOKEN"
    assert (await api.get("/user/profile", by=anna)).code == "INVALID_TOKEN"


async def test_signing_out_twice_or_with_nothing_is_no_error(api: Api) -> None:
    anna = await api.account()
    for body in ({"refreshToken": anna.refresh_token}, {"refreshToken": anna.refresh_token}, {}, None):
        assert (await api.post("/auth/logout", body)).status == 200


async def test_signing_in_clears_away_the_users_expired_sessions(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    clock.advance(days=8)
    await api.post("/auth/login", {"email": anna.email, "password": PASSWORD})
    assert len(await api.execute("select 1 from auth_session")) == 1
