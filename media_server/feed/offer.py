"""What a mixer posts to open a feed: a key for both directions and the SSRCs of the three streams."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from media_server.transport.shared_key import SharedKey
from media_server.transport.srtp import SrtpSession

Bus = Literal["programme", "cue"]

PAYLOAD_TYPE: Final = 111
"""Opus, in both directions."""
CLOCK_RATE: Final = 48_000
MAX_OFFER_BYTES: Final = 4096


class FeedError(ValueError):
    """A body that is no offer of a feed; the message says why and may be shown."""


@dataclass(frozen=True, slots=True)
class FeedOffer:
    """`key` is for both directions; the SSRCs are distinct and not 0."""

    key: SharedKey
    programme_ssrc: int
    cue_ssrc: int
    talk_ssrc: int

    @classmethod
    def generate(cls) -> FeedOffer:
        """A new key and new SSRCs."""
        ssrcs: set[int] = set()
        while len(ssrcs) < 3:
            ssrcs.add(1 + secrets.randbelow(0xFFFF_FFFF))
        return cls(SharedKey.generate(), *ssrcs)

    def with_new_key(self) -> FeedOffer:
        """The same streams under a key of their own."""
        return replace(self, key=SharedKey.generate())

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
            "key": self.key.serialize(),
            "programme": {"ssrc": self.programme_ssrc},
            "cue": {"ssrc": self.cue_ssrc},
            "talk": {"ssrc": self.talk_ssrc},
        }
        return json.dumps(told).encode()

    def srtp(self) -> SrtpSession:
        """A new session with the key; each side has one, and each SSRC is sent by one side alone."""
        return self.key.srtp()

    def __repr__(self) -> str:
        return f"FeedOffer({self.programme_ssrc:#x}, {self.cue_ssrc:#x}, {self.talk_ssrc:#x})"


def _ssrc(told: dict[str, Any], name: str) -> int:
    stream = told.get(name)
    ssrc = stream.get("ssrc") if isinstance(stream, dict) else None
    if not isinstance(ssrc, int) or isinstance(ssrc, bool) or not 0 < ssrc <= 0xFFFF_FFFF:
        raise FeedError(f"{name}.ssrc is not a number from 1 to 4294967295")
    return ssrc


def _key(text: object) -> SharedKey:
    try:
        return SharedKey.parse(text)
    except ValueError as error:
        raise FeedError(str(error)) from None
