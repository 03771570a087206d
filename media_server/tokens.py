"""Media tokens: what control_api signed is all a worker needs to know about a person."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ISSUER: Final = "nrs-live"
AUDIENCE: Final = "nrs-media"
_MAX_TOKEN_CHARS: Final = 2048
_CLOCK_SKEW_S: Final = 10
MAX_VERIFIED: Final = 100_000
"""Tokens that are remembered. Beyond it the one that came first is forgotten, and verified again."""

Action = Literal["publish", "watch", "feed", "monitor", "talk", "relay"]
_WITH_GENERATION: Final = frozenset({"publish", "feed", "talk"})


class TokenError(Exception):
    """A token that does not grant this. `code` is stable; the message says what is wrong, never the token."""

    def __init__(
        self, code: Literal["TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "FORBIDDEN"], message: str
    ) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class MediaGrant:
    """What a valid token grants: one action on one stream.

    `generation` is 0 for who only watches or monitors; `issued_at` and `expires_at` are in Unix seconds.
    """

    subject: str
    stream_id: str
    action: Action
    token_id: str
    generation: int
    issued_at: int
    expires_at: int


class TokenVerifier:
    """Checks media tokens against one Ed25519 public key (base64url, 32 bytes). No call is made."""

    def __init__(self, public_key: str) -> None:
        raw = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self._key_id = key_id(raw)

    def verify(self, token: str, *actions: Action, stream_id: str, allow_expired: bool = False) -> MediaGrant:
        """The grant in `token` for one of `actions` on `stream_id`. Raises TokenError.

        `allow_expired` is for PATCH and DELETE on a session that was made while the token was good.
        """
        grant = self._decode(token, allow_expired=allow_expired)
        if grant.stream_id != stream_id or grant.action not in actions:
            raise TokenError("FORBIDDEN", f"the token is not for {' or '.join(actions)} on this stream")
        return grant

    def _decode(self, token: str, *, allow_expired: bool) -> MediaGrant:
        if not token:
            raise TokenError("TOKEN_MISSING", "a media token is needed: Authorization: Bearer …")
        if len(token) > _MAX_TOKEN_CHARS or not token.isascii():
            # aiohttp hands undecodable bytes of a header on as surrogates, on which PyJWT stumbles.
            raise TokenError("TOKEN_INVALID", "the media token is too long or not text")
        try:
            if jwt.get_unverified_header(token).get("kid") != self._key_id:
                raise TokenError("TOKEN_INVALID", "the media token was signed with another key")
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=_CLOCK_SKEW_S,
                options={
                    "require": ["exp", "iat", "sub", "jti", "iss", "aud"],
                    "verify_exp": not allow_expired,
                },
            )
        except jwt.ExpiredSignatureError:
            raise TokenError("TOKEN_EXPIRED", "the media token has expired; ask for a new one") from None
        except jwt.InvalidTokenError:
            raise TokenError("TOKEN_INVALID", "the media token is not valid") from None
        return _grant(claims)


class VerifiedTokens:
    """A signature is checked the first time; from then on the token is good until it expires, when it is forgotten.

    Those of viewers are signed for the same time, so that the one that came first expires first.
    """

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier
        self._grants: OrderedDict[str, MediaGrant] = OrderedDict()

    def __len__(self) -> int:
        return len(self._grants)

    def viewer_id(self, token: str, stream_id: str, *, unix_s: float) -> str:
        """Whose token to watch that stream it is. Raises TokenError."""
        grant = self._grants.get(token)
        if grant is None or unix_s > grant.expires_at:
            self._grants.pop(token, None)
            grant = self._verifier.verify(token, "watch", stream_id=stream_id)
            self._grants[token] = grant
            self._forget(unix_s)
        elif grant.stream_id != stream_id:
            raise TokenError("FORBIDDEN", "the token is not for watch on this stream")
        return grant.subject

    def _forget(self, unix_s: float) -> None:
        """What has expired, and what is too much."""
        while self._grants:
            if len(self._grants) <= MAX_VERIFIED and next(iter(self._grants.values())).expires_at >= unix_s:
                return
            self._grants.popitem(last=False)


def _grant(claims: dict[str, Any]) -> MediaGrant:
    stream_id, action, generation = claims.get("stream"), claims.get("act"), claims.get("gen", 0)
    if not isinstance(stream_id, str) or action not in get_args(Action) or not isinstance(generation, int):
        raise TokenError("TOKEN_INVALID", "the media token lacks a claim")
    if action in _WITH_GENERATION and generation < 1:
        raise TokenError("TOKEN_INVALID", "the media token has no generation")
    return MediaGrant(
        claims["sub"],
        stream_id,
        cast("Action", action),
        claims["jti"],
        generation,
        int(claims["iat"]),
        int(claims["exp"]),
    )


def key_id(public_key: bytes) -> str:
    """The `kid` of an Ed25519 public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]
