"""TURN servers in Link headers (RFC 9725 §4.6), with credentials that lapse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import SecretStr

CREDENTIALS_LIFE_S: Final = 24 * 3600
"""A relay asks for them again each time that its allocation is refreshed, so they outlive what is watched by it."""


class IceServers:
    """Servers that take what is signed with `secret`, as coturn with use-auth-secret (draft-uberti-behave-turn-rest).

    `clock` gives Unix seconds. Without `urls` there are none.
    """

    def __init__(self, urls: Sequence[str], secret: SecretStr | None, clock: Callable[[], float] = time.time) -> None:
        self._urls = tuple(urls)
        self._key = secret.get_secret_value().encode() if secret is not None else b""
        self._clock = clock

    def links(self, name: str) -> list[str]:
        """The Link headers for the bearer of a token, who is known as `name`: a UUID."""
        username = f"{int(self._clock()) + CREDENTIALS_LIFE_S}:{name}"
        # The draft and every server of it say SHA-1; as an HMAC it has no known weakness.
        credential = base64.b64encode(hmac.new(self._key, username.encode(), hashlib.sha1).digest()).decode()
        return [
            f'<{url}>; rel="ice-server"; username="{username}"; credential="{credential}"; credential-type="password"'
            for url in self._urls
        ]
