"""Media tokens as control_api signs them (ARCHITECTURE.md, Media tokens), good ones and bad ones."""

from __future__ import annotations

import base64
import hashlib
import time
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class TokenSigner:
    """Signs with a key of its own."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        raw = self._key.public_key().public_bytes_raw()
        self.private_key = _base64url(self._key.private_bytes_raw())
        self.public_key = _base64url(raw)
        self._key_id = hashlib.sha256(raw).hexdigest()[:16]

    def sign(self, stream_id: str, action: str, *, generation: int = 1, lives_s: float = 600, **claims: object) -> str:
        """A token for `action` on the stream; `claims` replace those it would have."""
        now = int(time.time())
        document: dict[str, object] = {
            "iss": "nrs-live",
            "aud": "nrs-media",
            "sub": str(uuid4()),
            "stream": stream_id,
            "act": action,
            "iat": now + min(0, int(lives_s)) - 1,
            "exp": now + int(lives_s),
            "jti": str(uuid4()),
        }
        if action == "publish":
            document["gen"] = generation
        return jwt.encode(document | claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
