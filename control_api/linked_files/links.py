"""Links that are a right: an <audio> element and a download of the browser cannot send a token."""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from uuid import UUID

from control_api.clock import Clock
from control_api.errors import ApiError, ErrorKind

LIFETIME = timedelta(hours=1)
"""At least; up to an hour more."""
PURPOSE = b"nrs-live file links"
_SIGNED = struct.Struct(">B16sQ")
_MAC_BYTES = 32


class LinkInvalid(ApiError):
    code = "LINK_INVALID"
    kind = ErrorKind.FORBIDDEN
    message = "This link has lapsed or is not one of ours; load the page again."


class LinkedFile(IntEnum):
    """What kind of file a link leads to."""

    TRACK = 1
    RECORDING = 2


@dataclass(frozen=True, slots=True)
class Link:
    kind: LinkedFile
    id: UUID


class FileLinks:
    """Makes links and reads them. A link is a right: whoever has it gets the file until it lapses.

    Its key is derived from `secret`, so that it is good for nothing else that `secret` signs.
    """

    def __init__(self, secret: str, prefix: str, clock: Clock) -> None:
        self._key = hmac.digest(secret.encode(), PURPOSE, sha256)
        self._prefix = prefix
        self._clock = clock

    def url(self, kind: LinkedFile, file_id: UUID) -> str:
        """The address, from the root of this server."""
        signed = _SIGNED.pack(kind, file_id.bytes, int(self._lapses_at().timestamp()))
        text = base64.urlsafe_b64encode(signed + self._mac(signed)).decode().rstrip("=")
        return f"{self._prefix}/files?link={text}"

    def read(self, text: str) -> Link:
        """Raises LinkInvalid for what is not ours or has lapsed."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise LinkInvalid from None
        signed, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(signed) != _SIGNED.size or not hmac.compare_digest(mac, self._mac(signed)):
            raise LinkInvalid
        kind, file_id, lapses_at = _SIGNED.unpack(signed)
        if self._clock().timestamp() >= lapses_at:
            raise LinkInvalid
        return Link(LinkedFile(kind), UUID(bytes=file_id))

    def _lapses_at(self) -> datetime:
        # On the hour, so that a list that is loaded again has the same links and browsers keep what they fetched.
        now = self._clock()
        return now.replace(minute=0, second=0, microsecond=0) + 2 * LIFETIME

    def _mac(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, sha256)
