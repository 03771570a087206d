"""A key that two of our own processes share for both directions of a session; SSRCs keep the directions apart."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import Final

from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

_PROFILE: Final = next(profile for profile in PROFILES if profile.name == "SRTP_AEAD_AES_256_GCM")
KEY_BYTES: Final = _PROFILE.key_bytes + _PROFILE.salt_bytes


@dataclass(frozen=True, slots=True)
class SharedKey:
    """`raw` is master key and salt (44 bytes) of AEAD_AES_256_GCM (RFC 7714)."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> SharedKey:
        """A new one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: object) -> SharedKey:
        """Read base64url. Raises ValueError, which never says what was given."""
        if not isinstance(text, str):
            raise ValueError("key is missing")  # noqa: TRY004 - a reader raises one type of error
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise ValueError("key is not base64url") from None
        if len(raw) != KEY_BYTES:
            raise ValueError(f"key has not {KEY_BYTES} bytes")
        return cls(raw)

    def serialize(self) -> str:
        """Base64url without padding."""
        return base64.urlsafe_b64encode(self.raw).rstrip(b"=").decode()

    def srtp(self) -> SrtpSession:
        """A new session with the key; each side has one, and each SSRC is sent by one side alone."""
        key, salt = self.raw[: _PROFILE.key_bytes], self.raw[_PROFILE.key_bytes :]
        return SrtpSession(SrtpKeys(_PROFILE, key, salt, key, salt))
