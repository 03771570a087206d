"""What a mixer posts to open a feed: a key for both directions and the SSRCs of the three streams."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

Bus = Literal["programme", "cue"]

PAYLOAD_TYPE: Final = 111
"""Opus, in both directions."""
CLOCK_RATE: Final = 48_000
MAX_OFFER_BYTES: Final = 4096
_PROFILE: Final = next(profile for profile in PROFILES if profile.name == "SRTP_AEAD_AES_256_GCM")
_KEY_BYTES: Final = _PROFILE.key_bytes + _PROFILE.salt_bytes


class FeedError(ValueError):
    """A body that is no offer of a feed; the message says why and may be shown."""


@dataclass(frozen=True, slots=True)
class FeedOffer:
    """`key` is master key and salt (44 bytes) of AEAD_AES_256_GCM (RFC 7714); the SSRCs are distinct and not 0."""

    key: bytes
    programme_ssrc: int
    cue_ssrc: int
    talk_ssrc: int

    @classmethod
    def generate(cls) -> FeedOffer:
        """A new key and new SSRCs."""
        ssrcs: set[int] = set()
        while len(ssrcs) < 3:
            ssrcs.add(1 + secrets.randbelow(0xFFFF_FFFF))
        return cls(secrets.token_bytes(_KEY_BYTES), *ssrcs)

    def with_new_key(self) -> FeedOffer:
        """The same streams under a key of their own."""
        return replace(self, key=secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def parse(cls, body: bytes) -> FeedOffer:
        """Raises FeedError."""
        if len(body) > MAX_OFFER_BYTES:
            raise FeedError(f"the offer is longer than {MAX_OFFER_BYTES} bytes")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise FeedError("the offer is not JSON") from None
        if not isinstance(told, dict):
            raise FeedError("the offer is not an object")
        programme, cue, talk = (_ssrc(told, name) for name in ("programme", "cue", "talk"))
        if len({programme, cue, talk}) != 3:
            raise FeedError("two streams have the same SSRC")
        return cls(_key(told.get("key")), programme, cue, talk)

    def serialize(self) -> bytes:
        """The body of the POST."""
        told = {
            "key": base64.urlsafe_b64encode(self.key).rstrip(b"=").decode(),
            "programme": {"ssrc": self.programme_ssrc},
            "cue": {"ssrc": self.cue_ssrc},
            "talk": {"ssrc": self.talk_ssrc},
        }
        return json.dumps(told).encode()

    def srtp(self) -> SrtpSession:
        """A new session with the key; each side has one, and each SSRC is sent by one side alone."""
        key, salt = self.key[: _PROFILE.key_bytes], self.key[_PROFILE.key_bytes :]
        return SrtpSession(SrtpKeys(_PROFILE, key, salt, key, salt))

    def __repr__(self) -> str:
        return f"FeedOffer({self.programme_ssrc:#x}, {self.cue_ssrc:#x}, {self.talk_ssrc:#x})"


def _ssrc(told: dict[str, Any], name: str) -> int:
    stream = told.get(name)
    ssrc = stream.get("ssrc") if isinstance(stream, dict) else None
    if not isinstance(ssrc, int) or isinstance(ssrc, bool) or not 0 < ssrc <= 0xFFFF_FFFF:
        raise FeedError(f"{name}.ssrc is not a number from 1 to 4294967295")
    return ssrc


def _key(text: object) -> bytes:
    try:
        if not isinstance(text, str):
            raise FeedError("key is missing")
        key = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise FeedError("key is not base64url") from None
    if len(key) != _KEY_BYTES:
        raise FeedError(f"key has not {_KEY_BYTES} bytes")
    return key
