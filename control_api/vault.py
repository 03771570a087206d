"""Secrets of creators at rest: those that have to be read again are sealed, those that are only compared are hashed.

TARGETS_SECRET seals and hashes. After it was changed, what an older one (TARGETS_SECRETS_OLD) sealed or hashed is still
known, and is renewed when it is next used.
"""

import base64
import hmac
import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from control_api.settings import decode_base64url

NONCE_BYTES = 12
NAME_CHARS = 8
HASHING = b"nrs-live stream keys"


class NotOurs(ValueError):
    """It was sealed with a secret that we do not have, for something else, or not at all."""


class Vault:
    """`secrets` are in base64url; the first is the present one.

    Sealed text is `name.sealed`: the start of the SHA-256 of the secret, in hex, and base64url(nonce 12 ‖ ciphertext),
    AES-256-GCM, bound to what it belongs to by the associated data.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [decode_base64url(secret) for secret in secrets]
        self._ciphers = {sha256(key).hexdigest()[:NAME_CHARS]: AESGCM(key) for key in keys}
        self._hash_keys = [hmac.digest(key, HASHING, sha256) for key in keys]
        self._present = next(iter(self._ciphers))

    def seal(self, text: str, *, bound_to: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self._present].encrypt(nonce, text.encode(), bound_to.encode())
        return f"{self._present}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def open(self, sealed: str, *, bound_to: str) -> str:
        """Raises NotOurs."""
        name, _, body = sealed.partition(".")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise NotOurs("sealed with a secret that is not known")
        try:
            raw = decode_base64url(body)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise NotOurs("not what was sealed") from error

    def is_present(self, sealed: str) -> bool:
        """Whether the present secret opens it."""
        return sealed.startswith(f"{self._present}.")

    def without_name(self, sealed: str) -> str:
        """As workers, who have the present secret alone, read it. Raises NotOurs for what another one sealed."""
        if not self.is_present(sealed):
            raise NotOurs("sealed with an older secret")
        return sealed.partition(".")[2]

    def hash(self, text: str) -> bytes:
        """32 bytes by which `text` is found again, and that say nothing of it."""
        return self.hashes(text)[0]

    def hashes(self, text: str) -> list[bytes]:
        """Those of every secret, the present one first."""
        return [hmac.digest(key, text.encode(), sha256) for key in self._hash_keys]
