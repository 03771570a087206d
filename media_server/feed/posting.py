"""Opening and ending a feed over HTTP, as the mixer does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp

from media_server.feed.offer import FeedOffer
from media_server.rtp.leg import Address
from media_server.transport.sockets import told_address

POST_TIMEOUT_S: Final = 5.0
_MAX_ANSWER_BYTES: Final = 4096
_FINAL_STATUSES: Final = frozenset({400, 401, 403, 409, 410, 413, 415})
"""Asking the same once more helps nobody: another token or another worker is needed."""


class FeedRefused(Exception):
    """The worker did not open the feed. `is_final`: it will not either when asked the same again."""

    def __init__(self, code: str, message: str, *, is_final: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """Where the packets go, and the URL of the session."""

    address: Address
    location: str


async def post_feed(http: aiohttp.ClientSession, url: str, token: str, offer: FeedOffer) -> OpenFeed:
    """POST `offer`. Raises FeedRefused."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=POST_TIMEOUT_S)
    try:
        async with http.post(
            url, data=offer.serialize(), headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            answer = await _object(response)
            if response.status != 201:
                raise _refusal(response.status, answer)
            return OpenFeed(_address(answer), urljoin(url, response.headers.get("Location", "")))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise FeedRefused("UNREACHABLE", type(error).__name__, is_final=False) from error


async def end_feed(http: aiohttp.ClientSession, location: str, token: str) -> None:
    """DELETE the session; a worker that is not there any more has no session either."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with http.delete(location, headers=headers, allow_redirects=False):
            return
    except (aiohttp.ClientError, ValueError):
        return


async def _object(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The JSON object of the body; empty for anything else, which an error of a proxy may well be."""
    length = response.content_length
    if response.content_type != "application/json" or length is None or length > _MAX_ANSWER_BYTES:
        return {}
    told = await response.json()
    return told if isinstance(told, dict) else {}


def _refusal(status: int, answer: dict[str, Any]) -> FeedRefused:
    error = answer.get("error")
    told: dict[str, Any] = error if isinstance(error, dict) else {}
    code = str(told.get("code", f"HTTP_{status}"))
    is_final = status in _FINAL_STATUSES and code != "SSRC_TAKEN"
    return FeedRefused(code, str(told.get("message", "the media worker refused")), is_final=is_final)


def _address(answer: dict[str, Any]) -> Address:
    host, port = answer.get("host"), answer.get("port")
    if not isinstance(host, str) or not isinstance(port, int) or not 0 < port < 65_536:
        raise ValueError("the answer names no host and port")
    return told_address(host), port
