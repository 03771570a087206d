"""What routes that open sessions have in common: who asks, how often, with what body, and why it may be refused."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, TypeVar

from aiohttp import web

from media_server.http.admission import AddressLimit
from media_server.http.errors import ApiError
from media_server.sessions.refusal import RefusalCode, Refused
from media_server.sessions.rooms import Rooms
from media_server.tokens import Action, TokenVerifier

BODY_TIMEOUT_S: Final = 10.0
_STATUS_OF_REFUSAL: Final[dict[RefusalCode, int]] = {
    "STREAM_NOT_LIVE": 404,
    "STREAM_ENDED": 410,
    "ALREADY_PUBLISHING": 409,
    "SUPERSEDED": 409,
    "SSRC_TAKEN": 409,
    "NO_COMMON_ADDRESS": 409,
    "VIEWER_DROPPED": 403,
    "WORKER_FULL": 503,
    "WORKER_DRAINING": 503,
}


class Owned(Protocol):
    """A session that a token was shown for."""

    token_id: str


OwnedT = TypeVar("OwnedT", bound=Owned)


def bearer_token(request: web.Request) -> str:
    """The token of the Authorization header (RFC 6750 §2.1), or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def get_own_session(
    request: web.Request, rooms: Rooms, tokens: TokenVerifier, kind: type[OwnedT], *actions: Action
) -> OwnedT:
    """The session of that kind that the path names, for who shows the token it was made with, though it has expired.

    Raises TokenError, ApiError 404.
    """
    grant = tokens.verify(
        bearer_token(request), *actions, stream_id=request.match_info["stream_id"], allow_expired=True
    )
    session = rooms.find_session(request.match_info["session_id"])
    # Another's session and none at all look the same, so that ids cannot be tried out.
    if not isinstance(session, kind) or session.token_id != grant.token_id:
        raise ApiError(404, "SESSION_NOT_FOUND", "there is no such session")
    return session


def admit(request: web.Request, limit: AddressLimit) -> None:
    """Count a session asked for. Raises ApiError 429."""
    wait_s = limit.admit(request.remote or "", now=asyncio.get_running_loop().time())
    if wait_s:
        raise ApiError(
            429, "TOO_MANY_REQUESTS", "too many sessions from this address", {"Retry-After": str(int(wait_s))}
        )


async def body(request: web.Request, content_type: str) -> bytes:
    """The body. Raises ApiError 415 for another type, 408 for one that takes too long."""
    if request.content_type != content_type:
        # RFC 5789 §2.2 and the Linked Data Platform's §7.1 have the answer say what would be taken.
        accept = "Accept-Patch" if request.method == "PATCH" else "Accept-Post"
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"the body must be {content_type}", {accept: content_type})
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await request.read()
    except TimeoutError:
        raise ApiError(408, "REQUEST_TIMEOUT", "the body did not arrive in time") from None


def as_api_error(refusal: Refused) -> ApiError:
    """How a refusal is told."""
    status = _STATUS_OF_REFUSAL[refusal.code]
    headers = {"Retry-After": "1"} if status in (404, 503) else {}
    return ApiError(status, refusal.code, str(refusal), headers)
