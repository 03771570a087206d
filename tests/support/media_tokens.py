"""Media tokens as control_api signs them, and forged ones (ARCHITECTURE.md, "Media tokens")."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any, Literal
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Action = Literal["publish", "watch", "feed", "monitor", "talk", "relay"]


class TokenSigner:
    """Holds a key of its own."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.raw_public_key = self.key.public_key().public_bytes_raw()
        self.private_key = _base64url(self.key.private_bytes_raw())
        self.public_key = _base64url(self.raw_public_key)
        self.key_id = hashlib.sha256(self.raw_public_key).hexdigest()[:16]

    def claims(self, stream_id: str, action: Action, **changed: Any) -> dict[str, Any]:
        """Good claims, then `changed`; None takes one away."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "nrs-live",
            "aud": "nrs-media",
            "sub": str(uuid4()),
            "stream": stream_id,
            "act": action,
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid4()),
        }
        if action in ("publish", "feed", "talk"):
            claims["gen"] = 1
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def sign(self, stream_id: str, action: Action, **changed: Any) -> str:
        """A token of `claims`."""
        return self.encode(self.claims(stream_id, action, **changed))

    def encode(self, claims: dict[str, Any], *, key_id: str | None = None) -> str:
        """A token signed with our key, under `key_id` when another is given."""
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": key_id or self.key_id})


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
