"""Forged tokens at every door of the worker, and what a good token of one person opens of another's."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.media_tokens import Action, TokenSigner
from tests.support.media_worker import FRAGMENT, SDP, MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually

Forgery = Callable[[TokenSigner, dict[str, Any]], str]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(signer: TokenSigner, claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': signer.key_id})}.{part(claims)}."


def signed_with_the_public_key(signer: TokenSigner, claims: dict[str, Any]) -> str:
    text = f"{part({'alg': 'HS256', 'kid': signer.key_id})}.{part(claims)}"
    code = hmac.HMAC(signer.raw_public_key, hashes.SHA256())
    code.update(text.encode())
    return f"{text}.{base64.urlsafe_b64encode(code.finalize()).rstrip(b'=').decode()}"


def brings_its_own_key(signer: TokenSigner, claims: dict[str, Any]) -> str:
    key = Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": signer.key_id}
    headers = {"kid": signer.key_id, "jwk": jwk, "jku": "http://127.0.0.1:9/keys.json"}
    return jwt.encode(claims, key, algorithm="EdDSA", headers=headers)


def names_a_file_as_its_key(signer: TokenSigner, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, bytes(32), algorithm="HS256", headers={"kid": "../../../../dev/zero"})


def of_another_server(signer: TokenSigner, claims: dict[str, Any]) -> str:
    return TokenSigner().encode(claims, key_id=signer.key_id)


def with_claims_changed(signer: TokenSigner, claims: dict[str, Any]) -> str:
    head, _, signature = signer.encode(claims | {"stream": "other"}).split(".")
    return f"{head}.{part(claims)}.{signature}"


FORGERIES: tuple[Forgery, ...] = (
    unsigned,
    signed_with_the_public_key,
    brings_its_own_key,
    names_a_file_as_its_key,
    of_another_server,
    with_claims_changed,
)

DOORS: tuple[tuple[str, str, Action, str], ...] = (
    ("POST", "/whip/s", "publish", SDP),
    ("POST", "/whip/s", "talk", SDP),
    ("POST", "/whep/s", "watch", SDP),
    ("POST", "/whep/s", "monitor", SDP),
    ("POST", "/feed/s", "feed", "application/json"),
    ("PATCH", "/whip/s/session", "publish", FRAGMENT),
    ("DELETE", "/whip/s/session", "publish", ""),
    ("PATCH", "/whep/s/session", "watch", FRAGMENT),
    ("DELETE", "/whep/s/session", "watch", ""),
    ("DELETE", "/feed/s/session", "feed", ""),
    ("GET", "/hls/s/index.m3u8", "watch", ""),
)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_no_forged_token_opens_any_door(worker: MediaWorker, forge: Forgery) -> None:
    for method, path, action, content_type in DOORS:
        token = forge(worker.signer, worker.signer.claims("s", action))
        headers = {"Content-Type": content_type, "If-Match": "*"} if content_type else {}
        response = await worker.request(method, path, token, "v=0", **headers)
        assert response.status == 401, (method, path)
        assert token not in await response.text()
    health = await (await worker.request("GET", "/health")).json()
    assert health["rooms"] == 0


async def test_the_token_of_another_stream_opens_no_door(worker: MediaWorker) -> None:
    for method, path, action, content_type in DOORS:
        headers = {"Content-Type": content_type, "If-Match": "*"} if content_type else {}
        response = await worker.request(method, path, worker.signer.sign("t", action), "v=0", **headers)
        assert response.status == 403, (method, path)


async def test_two_viewers_of_a_stream_cannot_end_or_restart_each_other(worker: MediaWorker) -> None:
    await worker.publish("s")
    first, second = await worker.watch("s"), await worker.watch("s")
    body = f"a=ice-ufrag:{'u' * 8}\r\na=ice-pwd:{'p' * 24}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
    for path in (first.location, first.location.replace("/s/", "/s/../s/"), first.location + "/"):
        assert (await worker.request("PATCH", path, second.token, body, **headers)).status == 404
        assert (await worker.request("DELETE", path, second.token)).status == 404
    # The very token of the session, but for an action or a stream that is not its own.
    claims = jwt.decode(first.token, options={"verify_signature": False})
    for changed in ({"act": "publish", "gen": 1}, {"stream": "t"}):
        altered = worker.signer.encode(claims | changed)
        assert (await worker.request("DELETE", first.location, altered)).status == 403
    seen = len(first.whole_frames)
    await eventually(lambda: len(first.whole_frames) > seen + 3)


async def test_a_token_that_has_expired_opens_no_new_session_though_it_may_end_its_own(worker: MediaWorker) -> None:
    await worker.publish("s")
    token = worker.signer.sign("s", "watch", exp=int(time.time()) - 60)
    client = (await worker.watch("s")).client
    refused = await worker.post("whep", "s", client.offer(OfferedMedia("recvonly")), token)
    assert refused.status == 401
    assert (await worker.request("DELETE", "/whep/s/nothing", token)).status == 404
