"""Media tokens: what a worker believes, and every way in which it must not."""

from __future__ import annotations

import base64
import json
from typing import Any, get_args

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac
from hypothesis import given
from hypothesis import strategies as st

from media_server.tokens import Action, TokenError, TokenVerifier
from tests.support.media_tokens import TokenSigner

SIGNER = TokenSigner()
VERIFIER = TokenVerifier(SIGNER.public_key)
# Fixed, so that every xdist worker collects the same tests.
LONG_AGO = 1_000_000_000
IN_DECADES = 4_000_000_000


def refusal(token: str, *, action: Any = "watch", allow_expired: bool = False) -> str:
    with pytest.raises(TokenError) as refused:
        VERIFIER.verify(token, action, stream_id="s", allow_expired=allow_expired)
    return refused.value.code


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The part of a token that gets signed."""
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in (header, claims))


def test_a_good_token_grants_what_it_says() -> None:
    token = SIGNER.sign("s", "publish", gen=7, sub="user", jti="id")
    grant = VERIFIER.verify(token, "publish", stream_id="s")
    assert (grant.subject, grant.stream_id, grant.action, grant.token_id, grant.generation) == (
        "user",
        "s",
        "publish",
        "id",
        7,
    )
    assert VERIFIER.verify(SIGNER.sign("s", "watch"), "watch", stream_id="s").generation == 0


@pytest.mark.parametrize("action", get_args(Action))
def test_a_token_opens_its_own_door_and_no_other(action: Action) -> None:
    token = SIGNER.sign("s", action)
    assert VERIFIER.verify(token, action, stream_id="s").action == action
    others = [other for other in get_args(Action) if other != action]
    with pytest.raises(TokenError) as refused:
        VERIFIER.verify(token, *others, stream_id="s")
    assert refused.value.code == "FORBIDDEN"


@pytest.mark.parametrize("action", ["publish", "feed", "talk"])
@pytest.mark.parametrize("generation", [None, 0, -1, "1"])
def test_who_sends_needs_a_generation(action: Action, generation: object) -> None:
    assert refusal(SIGNER.sign("s", action, gen=generation), action=action) == "TOKEN_INVALID"


def test_no_token_is_missing() -> None:
    assert refusal("") == "TOKEN_MISSING"


def test_algorithm_none_is_refused() -> None:
    header = {"alg": "none", "typ": "JWT", "kid": SIGNER.key_id}
    assert refusal(unsigned(header, SIGNER.claims("s", "watch")) + ".") == "TOKEN_INVALID"


@pytest.mark.parametrize("secret", [SIGNER.raw_public_key, SIGNER.public_key.encode()], ids=["raw", "base64"])
def test_the_public_key_is_no_secret_to_sign_with(secret: bytes) -> None:
    text = unsigned({"alg": "HS256", "typ": "JWT", "kid": SIGNER.key_id}, SIGNER.claims("s", "watch"))
    code = hmac.HMAC(secret, hashes.SHA256())
    code.update(text.encode())
    assert refusal(f"{text}.{base64.urlsafe_b64encode(code.finalize()).rstrip(b'=').decode()}") == "TOKEN_INVALID"


def test_another_key_or_another_key_id_is_refused() -> None:
    stranger = TokenSigner()
    claims = SIGNER.claims("s", "watch")
    assert refusal(stranger.encode(claims)) == "TOKEN_INVALID"
    assert refusal(stranger.encode(claims, key_id=SIGNER.key_id)) == "TOKEN_INVALID"
    assert refusal(SIGNER.encode(claims, key_id="0" * 16)) == "TOKEN_INVALID"
    assert refusal(jwt.encode(claims, SIGNER.key, algorithm="EdDSA")) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"exp": LONG_AGO}, "TOKEN_EXPIRED"),
        ({"iat": IN_DECADES, "exp": IN_DECADES + 300}, "TOKEN_INVALID"),
        ({"nbf": IN_DECADES}, "TOKEN_INVALID"),
        ({"aud": "nrs-api"}, "TOKEN_INVALID"),
        ({"aud": None}, "TOKEN_INVALID"),
        ({"iss": "someone"}, "TOKEN_INVALID"),
        ({"exp": None}, "TOKEN_INVALID"),
        ({"iat": None}, "TOKEN_INVALID"),
        ({"sub": None}, "TOKEN_INVALID"),
        ({"sub": 7}, "TOKEN_INVALID"),
        ({"jti": None}, "TOKEN_INVALID"),
        ({"jti": ["x"]}, "TOKEN_INVALID"),
        ({"stream": None}, "TOKEN_INVALID"),
        ({"stream": 7}, "TOKEN_INVALID"),
        ({"act": "admin"}, "TOKEN_INVALID"),
        ({"act": None}, "TOKEN_INVALID"),
        ({"stream": "other"}, "FORBIDDEN"),
        ({"act": "publish", "gen": 1}, "FORBIDDEN"),
    ],
    ids=str,
)
def test_each_claim_must_be_right(changed: dict[str, Any], code: str) -> None:
    assert refusal(SIGNER.sign("s", "watch", **changed)) == code


def test_a_watch_token_does_not_publish() -> None:
    assert refusal(SIGNER.sign("s", "watch"), action="publish") == "FORBIDDEN"


@pytest.mark.parametrize("generation", [0, -1, None, "2", 1.5])
def test_publishing_needs_a_generation(generation: object) -> None:
    assert refusal(SIGNER.sign("s", "publish", gen=generation), action="publish") == "TOKEN_INVALID"


def test_an_expired_token_still_ends_its_own_session_and_nothing_else() -> None:
    token = SIGNER.sign("s", "watch", exp=LONG_AGO)
    assert VERIFIER.verify(token, "watch", stream_id="s", allow_expired=True).stream_id == "s"
    assert refusal(SIGNER.sign("other", "watch", exp=LONG_AGO), allow_expired=True) == "FORBIDDEN"
    assert refusal(TokenSigner().sign("s", "watch", exp=LONG_AGO), allow_expired=True) == "TOKEN_INVALID"


@given(
    st.text(min_size=1, max_size=300) | st.binary(min_size=1).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
def test_nothing_a_header_can_hold_makes_it_raise_anything_else(noise: str) -> None:
    assert refusal(noise) == "TOKEN_INVALID"
    assert refusal(f"{SIGNER.sign('s', 'watch')}{noise}") == "TOKEN_INVALID"


def test_an_endless_token_is_refused_before_it_is_read() -> None:
    assert refusal("a" * 3000) == "TOKEN_INVALID"
