"""Stream keys of targets as control_api hands them on: AES-256-GCM (ARCHITECTURE.md, "Spec of a stream")."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SealedKeyUnreadable(Exception):
    """Not sealed with our secret, or for another target."""


class KeyOpener:
    """Holds the secret that workers share with control_api."""

    def __init__(self, secret: str) -> None:
        """`secret` is base64url of 32 bytes. Raises ValueError."""
        raw = _decoded(secret)
        if len(raw) != _SECRET_BYTES:
            raise ValueError("the secret of targets is base64url of 32 bytes")
        self._cipher = AESGCM(raw)

    def open(self, target_id: str, sealed: str) -> str:
        """The key of a target. Raises SealedKeyUnreadable."""
        try:
            raw = _decoded(sealed)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], target_id.encode()).decode()
        except (ValueError, InvalidTag):
            raise SealedKeyUnreadable(f"the key of target {target_id} cannot be opened") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
