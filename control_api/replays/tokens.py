"""Tokens in the addresses of replays, for what cannot send a header: players, <img>, downloads of the browser."""

import base64
import binascii
import hmac
import struct
from datetime import timedelta
from enum import IntEnum
from hashlib import sha256

from control_api.clock import Clock
from control_api.replays.errors import ReplayLinkInvalid
from control_api.replays.models import ReplayId

LIFETIME = timedelta(hours=12)
"""At least; up to an hour more."""
PURPOSE = b"nrs-live replays"
_SIGNED = struct.Struct(">B16sQ")
_MAC_BYTES = 16


class Right(IntEnum):
    WATCH = 1
    DOWNLOAD = 2


class ReplayTokens:
    """A token is a right: whoever has it may do that with that replay until it lapses.

    Its key is derived from `secret`, so that it is good for nothing else that `secret` signs.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key = hmac.digest(secret.encode(), PURPOSE, sha256)
        self._clock = clock

    def make(self, right: Right, replay_id: ReplayId) -> str:
        # To the hour, so that what is asked for again has the same address and browsers keep what they fetched.
        lapses_at = self._clock().replace(minute=0, second=0, microsecond=0) + LIFETIME + timedelta(hours=1)
        head = struct.pack(">Q", int(lapses_at.timestamp()))
        return base64.urlsafe_b64encode(head + self._mac(right, replay_id, head)).decode().rstrip("=")

    def check(self, token: str, right: Right, replay_id: ReplayId) -> None:
        """Raises ReplayLinkInvalid for what is not ours, of another replay, or has lapsed."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ReplayLinkInvalid from None
        head, mac = raw[:8], raw[8:]
        if len(head) != 8 or not hmac.compare_digest(mac, self._mac(right, replay_id, head)):
            raise ReplayLinkInvalid
        if self._clock().timestamp() >= struct.unpack(">Q", head)[0]:
            raise ReplayLinkInvalid

    def _mac(self, right: Right, replay_id: ReplayId, head: bytes) -> bytes:
        signed = _SIGNED.pack(right, replay_id.bytes, *struct.unpack(">Q", head))
        return hmac.digest(self._key, signed, sha256)[:_MAC_BYTES]
