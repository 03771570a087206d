"""Signs media tokens; ARCHITECTURE.md, "Media tokens", lists the claims."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from control_api.clock import Clock
from control_api.identity import StreamId, UserId, ViewerId
from control_api.settings import decode_base64url

ISSUER = "nrs-live"
AUDIENCE = "nrs-media"
PUBLISH_LIFE = timedelta(minutes=2)
WATCH_LIFE = timedelta(hours=6)
KEY_ID_CHARS = 16


@dataclass(frozen=True, slots=True)
class MediaToken:
    text: str
    expires_at: datetime


class MediaTokenSigner:
    """`seed` is the Ed25519 seed in base64url. The `kid` is the start of the SHA-256 of the public key, in hex."""

    def __init__(self, seed: str, clock: Clock) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(decode_base64url(seed))
        self._key_id = hashlib.sha256(self._key.public_key().public_bytes_raw()).hexdigest()[:KEY_ID_CHARS]
        self._clock = clock

    def publish(self, stream_id: StreamId, user_id: UserId, generation: int) -> MediaToken:
        return self._sign(
            PUBLISH_LIFE, {"sub": str(user_id), "stream": str(stream_id), "act": "publish", "gen": generation}
        )

    def watch(self, stream_id: StreamId, viewer_id: ViewerId) -> MediaToken:
        return self._sign(WATCH_LIFE, {"sub": str(viewer_id), "stream": str(stream_id), "act": "watch"})

    def _sign(self, life: timedelta, claims: dict[str, Any]) -> MediaToken:
        issued_at = self._clock()
        expires_at = issued_at + life
        text = jwt.encode(
            {"iss": ISSUER, "aud": AUDIENCE, "iat": issued_at, "exp": expires_at, "jti": str(uuid4()), **claims},
            self._key,
            algorithm="EdDSA",
            headers={"kid": self._key_id},
        )
        return MediaToken(text, expires_at)
