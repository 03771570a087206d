"""Claims about registering and signing in."""

import asyncio
from typing import Any

import pytest

from control_api.auth.passwords import COMMON
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import PASSWORD, Api

ANNA = {"email": "anna@example.com", "password": PASSWORD, "role": "dj", "username": "Anna_1"}


async def test_who_registers_can_sign_in_and_read_the_profile(api: Api) -> None:
    registered = await api.post("/auth/register", ANNA)
    assert registered.status == 201
    assert registered.data == {"userId": registered.data["userId"], "email": "anna@example.com", "role": "dj"}
    login = (await api.post("/auth/login", {"email": ANNA["email"], "password": PASSWORD})).data
    user = {"id": registered.data["userId"], "email": "anna@example.com", "username": "Anna_1", "role": "dj"}
    assert login["user"] == user
    profile = (await api.get("/user/profile", token=login["accessToken"])).data
    assert {key: profile[key] for key in user} == user
    assert profile["verified"] is False
    assert profile["lastLogin"] >= profile["createdAt"]


async def test_the_password_is_kept_as_a_bcrypt_hash_alone(api: Api) -> None:
    await api.post("/auth/register", ANNA)
    (row,) = await api.execute("select * from app_user")
    assert row["password_hash"].startswith("$2b$04$")
    assert PASSWORD not in str(dict(row))


@pytest.mark.parametrize("email", ["ANNA@example.com", "anna@EXAMPLE.com", "Anna@Example.Com"])
async def test_an_address_is_the_same_in_any_case(api: Api, email: str) -> None:
    await api.post("/auth/register", ANNA)
    again = await api.post("/auth/register", {**ANNA, "email": email, "username": "another"})
    assert (again.status, again.code) == (409, "EMAIL_TAKEN")
    assert again.body["error"]["details"]["fields"][0]["field"] == "email"
    assert (await api.post("/auth/login", {"email": email, "password": PASSWORD})).status == 200


async def test_a_username_is_the_same_in_any_case(api: Api) -> None:
    await api.post("/auth/register", ANNA)
    again = await api.post("/auth/register", {**ANNA, "email": "b@example.com", "username": "ANNA_1"})
    assert (again.status, again.code) == (409, "USERNAME_TAKEN")


async def test_of_many_who_register_the_same_address_at_once_one_succeeds(api: Api) -> None:
    bodies = [{**ANNA, "username": f"anna_{n}"} for n in range(8)]
    replies = await asyncio.gather(*(api.post("/auth/register", body) for body in bodies))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"role": "superuser"}, "role"),
        ({"email": "not an address"}, "email"),
        ({"email": "anna@example.com\x00"}, "email"),
        ({"username": "ab"}, "username"),
        ({"username": "a" * 31}, "username"),
        ({"username": "anna b"}, "username"),
        ({"username": "anna\n"}, "username"),
        ({"username": "аnnа"}, "username"),
        ({"username": 7}, "username"),
        ({"termsAccepted": "true"}, "termsAccepted"),
        ({"isAdmin": True}, "isAdmin"),
    ],
)
async def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    reply = await api.post("/auth/register", {**ANNA, **change})
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")
    assert [problem["field"] for problem in reply.body["error"]["details"]["fields"]] == [field]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "WEAK_PASSWORD"),
        ("aaaaaaaaaaaa", "WEAK_PASSWORD"),
        ("Password123", "WEAK_PASSWORD"),
        ("anna@example.com", "WEAK_PASSWORD"),
        ("with\x00a nul byte", "WEAK_PASSWORD"),
        ("x" * 60 + "longer than bcrypt reads", "PASSWORD_TOO_LONG"),
        ("é" * 37, "PASSWORD_TOO_LONG"),
    ],
)
async def test_a_bad_password_is_refused_with_its_reason(api: Api, password: str, code: str) -> None:
    reply = await api.post("/auth/register", {**ANNA, "password": password})
    assert (reply.status, reply.code) == (422, code)
    assert reply.body["error"]["details"]["fields"][0]["field"] == "password"
    assert not await api.execute("select 1 from app_user")


def test_the_list_of_common_passwords_is_compared_as_it_is_written() -> None:
    assert all(password == password.casefold() and len(password) >= 8 for password in COMMON)


async def test_a_password_of_72_bytes_counts_to_its_last_byte(api: Api) -> None:
    password = "abc" * 24
    await api.post("/auth/register", {**ANNA, "password": password})
    wrong = {"email": ANNA["email"], "password": password[:-1] + "x"}
    assert (await api.post("/auth/login", {"email": ANNA["email"], "password": password})).status == 200
    assert (await api.post("/auth/login", wrong)).status == 401
    assert (await api.post("/auth/login", {"email": ANNA["email"], "password": password + "x"})).status == 401


async def test_a_password_typed_composed_or_decomposed_is_the_same(api: Api) -> None:
    await api.post("/auth/register", {**ANNA, "password": "caf\u00e9 au lait"})
    assert (await api.post("/auth/login", {"email": ANNA["email"], "password": "cafe\u0301 au lait"})).status == 200


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(api: Api) -> None:
    await api.post("/auth/register", ANNA)
    wrong = await api.post("/auth/login", {"email": ANNA["email"], "password": "not the password"})
    unknown = await api.post("/auth/login", {"email": "nobody@example.com", "password": "not the password"})
    assert (wrong.status, wrong.code) == (401, "INVALID_CREDENTIALS")
    assert wrong.body == unknown.body


async def test_an_unknown_address_costs_a_password_check_like_a_known_one(start_api: StartApi) -> None:
    # With a cost of 10 a check takes tens of milliseconds and the rest of a log-in about five.
    api = await start_api(bcrypt_cost=10)
    await api.post("/auth/register", ANNA)
    loop = asyncio.get_running_loop()

    async def fastest(email: str) -> float:
        durations = []
        for _ in range(3):
            started = loop.time()
            await api.post("/auth/login", {"email": email, "password": "not the password"})
            durations.append(loop.time() - started)
        return min(durations)

    assert await fastest("nobody@example.com") > 0.5 * await fastest(ANNA["email"])


async def test_an_account_tried_too_often_from_one_address_is_closed_to_that_address_alone(start_api: StartApi) -> None:
    api = await start_api(login_attempts_max=3, trusted_proxies=["127.0.0.1"])
    await api.post("/auth/register", ANNA)
    right = {"email": ANNA["email"], "password": PASSWORD}
    guesser, owner = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
    for _ in range(3):
        wrong = await api.post("/auth/login", {**right, "password": "a guess"}, headers=guesser)
        assert wrong.status == 401
    stopped = await api.post("/auth/login", right, headers=guesser)
    assert (stopped.status, stopped.code) == (429, "TOO_MANY_ATTEMPTS")
    assert int(stopped.headers["Retry-After"]) >= 1
    assert (await api.post("/auth/login", right, headers=owner)).status == 200


async def test_attempts_made_at_the_same_moment_all_count(start_api: StartApi) -> None:
    api = await start_api(login_attempts_max=3)
    guesses = [{"email": "anna@example.com", "password": f"guess {n}"} for n in range(12)]
    replies = await asyncio.gather(*(api.post("/auth/login", guess) for guess in guesses))
    assert sorted(reply.status for reply in replies) == [401] * 3 + [429] * 9


async def test_signing_in_gives_the_attempts_back(start_api: StartApi) -> None:
    api = await start_api(login_attempts_max=2)
    await api.post("/auth/register", ANNA)
    for _ in range(4):
        assert (await api.post("/auth/login", {"email": ANNA["email"], "password": PASSWORD})).status == 200
