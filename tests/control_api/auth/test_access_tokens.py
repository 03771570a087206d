"""Claims about access tokens, attacked over HTTP."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.control_api.support.api import JWT_SECRET, Account, Api, MovingClock


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(account: Account) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(account.access_token, options={"verify_signature": False})
    return claims


async def refused(api: Api, token: str) -> bool:
    reply = await api.get("/user/profile", token=token)
    return (reply.status, reply.code) == (401, "INVALID_TOKEN") and reply.headers["WWW-Authenticate"] == "Bearer"


async def test_the_claims_are_those_of_the_specification(api: Api) -> None:
    anna = await api.account("performer")
    claims = jwt.decode(anna.access_token, JWT_SECRET, algorithms=["HS256"])
    assert claims["userId"] == claims["sub"] == str(anna.user_id)
    assert (claims["email"], claims["role"]) == (anna.email, "performer")
    assert claims["exp"] - claims["iat"] == 15 * 60


async def test_an_unsigned_token_is_refused(api: Api) -> None:
    claims = claims_of(await api.account())
    for alg in ("none", "None", "NONE", ""):
        header = segment({"alg": alg, "typ": "JWT"})
        assert await refused(api, f"{header}.{segment(claims)}.")
        assert await refused(api, f"{header}.{segment(claims)}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_another_algorithm_is_refused_even_with_the_right_secret(api: Api, algorithm: str) -> None:
    claims = claims_of(await api.account())
    assert await refused(api, jwt.encode(claims, JWT_SECRET, algorithm=algorithm))


async def test_a_token_signed_with_a_key_pair_is_refused(api: Api) -> None:
    claims = claims_of(await api.account())
    key = Ed25519PrivateKey.generate()
    assert await refused(api, jwt.encode(claims, key, algorithm="EdDSA"))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    header = {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, "jku": "http://127.0.0.1/keys.json"}
    assert await refused(api, jwt.encode(claims, pem, algorithm="EdDSA", headers=header))


@pytest.mark.parametrize("kid", ["../../../../dev/null", "' union select 'secret' --", "https://example.com/key"])
async def test_the_token_does_not_choose_its_key(api: Api, kid: str) -> None:
    claims = claims_of(await api.account())
    for secret in ("", "secret"):
        signing_input = f"{segment({'alg': 'HS256', 'kid': kid})}.{segment(claims)}"
        signature = jwt.get_algorithm_by_name("HS256").sign(signing_input.encode(), secret.encode())
        assert await refused(api, f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


async def test_changed_claims_break_the_signature(api: Api) -> None:
    anna = await api.account()
    header, _, signature = anna.access_token.split(".")
    forged = segment({**claims_of(anna), "role": "admin"})
    assert await refused(api, f"{header}.{forged}.{signature}")


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "not a uuid"},
        {"sub": 5},
        {"sub": None},
        {"role": "root"},
        {"role": None},
        {"sid": None},
        {"sid": "6f7b1c2e-0000-4000-8000-000000000000"},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"exp": float("nan")},
        {"exp": None},
        {"iat": None},
    ],
)
async def test_claims_that_we_would_not_write_are_refused_although_signed(api: Api, change: dict[str, Any]) -> None:
    claims = {**claims_of(await api.account()), **change}
    claims = {name: value for name, value in claims.items() if value is not None}
    assert await refused(api, jwt.encode(claims, JWT_SECRET, algorithm="HS256"))


@pytest.mark.parametrize("token", ["", " ", "x", "a.b.c", "....", "é", "x" * 5_000])
async def test_nonsense_is_refused(api: Api, token: str) -> None:
    reply = await api.send("GET", "/user/profile", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status, reply.code) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_another_scheme_is_refused(api: Api, scheme: str) -> None:
    anna = await api.account()
    reply = await api.send("GET", "/user/profile", headers={"Authorization": f"{scheme} {anna.access_token}".strip()})
    assert reply.status == 401


async def test_an_access_token_ends_after_fifteen_minutes(api: Api, clock: MovingClock) -> None:
    anna = await api.account()
    clock.advance(minutes=14, seconds=50)
    assert (await api.get("/user/profile", by=anna)).status == 200
    clock.advance(seconds=11)
    assert await refused(api, anna.access_token)


async def test_a_bad_token_is_refused_where_none_would_do(api: Api) -> None:
    anywhere = "/stream/00000000-0000-4000-8000-000000000000/join"
    assert (await api.post(anywhere)).code == "STREAM_NOT_FOUND"
    assert (await api.post(anywhere, token="expired.or.forged")).code == "INVALID_TOKEN"


async def test_signing_in_does_not_mind_an_old_token_in_the_header(api: Api) -> None:
    anna = await api.account()
    body = {"email": anna.email, "password": "a rather good one"}
    assert (await api.post("/auth/login", body, token="expired.or.forged")).status == 200


async def test_a_token_of_a_deleted_user_is_refused(api: Api) -> None:
    anna = await api.account()
    await api.execute("delete from app_user where id = $1", anna.user_id)
    assert await refused(api, anna.access_token)


async def test_a_token_from_the_future_is_only_as_good_as_its_session(api: Api) -> None:
    anna = await api.account()
    claims = {**claims_of(anna), "exp": datetime.now(UTC) + timedelta(days=3650)}
    token = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    assert (await api.get("/user/profile", token=token)).status == 200
    await api.post("/auth/logout", {"refreshToken": anna.refresh_token})
    assert await refused(api, token)
