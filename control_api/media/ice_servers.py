"""TURN servers for those who can reach a media worker by no other way, with credentials that lapse."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from control_api.clock import Clock

# A relay asks for them again each time that its allocation is refreshed, so they have to outlive what is watched by it.
CREDENTIALS_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IceServer:
    """As RTCPeerConnection takes it."""

    urls: tuple[str, ...]
    username: str
    credential: str


class TurnServers:
    """Servers that take what is signed with `secret`, as coturn with use-auth-secret (draft-uberti-behave-turn-rest).

    Without `urls` there are none.
    """

    def __init__(self, urls: Sequence[str], secret: SecretStr | None, clock: Clock) -> None:
        self._urls = tuple(urls)
        self._key = secret.get_secret_value().encode() if secret is not None else b""
        self._clock = clock

    def for_bearer(self, name: str) -> tuple[IceServer, ...]:
        """For who is known to the product as `name`, which the relays' logs then show."""
        if not self._urls:
            return ()
        username = f"{int((self._clock() + CREDENTIALS_LIFE).timestamp())}:{name}"
        # The draft and every server of it say SHA-1; as an HMAC it has no known weakness.
        signature = hmac.new(self._key, username.encode(), hashlib.sha1).digest()
        return (IceServer(self._urls, username, base64.b64encode(signature).decode()),)
