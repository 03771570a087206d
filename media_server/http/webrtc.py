"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): the two differ in who sends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from media_server.http.admission import AddressLimit
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.sdp import SdpError, answer_trickle, parse_trickle
from media_server.sessions.live_room import Session
from media_server.sessions.rooms import AnsweredSession, Refused, Rooms
from media_server.tokens import Action, TokenVerifier

MAX_SDP_BYTES: Final = 64 * 1024
BODY_TIMEOUT_S: Final = 10.0
_SDP: Final = "application/sdp"
_FRAGMENT: Final = "application/trickle-ice-sdpfrag"
_STATUS_OF_REFUSAL: Final = {
    "STREAM_NOT_LIVE": 404,
    "STREAM_ENDED": 410,
    "ALREADY_PUBLISHING": 409,
    "SUPERSEDED": 409,
    "VIEWER_DROPPED": 403,
    "WORKER_FULL": 503,
}
_STATUS_OF_SDP_ERROR: Final = {"unreadable": (400, "SDP_UNREADABLE"), "unacceptable": (422, "SDP_UNACCEPTABLE")}


def bearer_token(request: web.Request) -> str:
    """The token of the Authorization header (RFC 6750 §2.1), or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class SignalingRoutes:
    """The handlers of one protocol: `action` publish is WHIP, watch is WHEP."""

    action: Action
    rooms: Rooms
    tokens: TokenVerifier
    limit: AddressLimit
    public_url: str

    async def create(self, request: web.Request) -> web.Response:
        """POST an SDP offer: 201 with the answer, the session's Location and its ETag (RFC 9725 §4.2)."""
        stream_id = request.match_info["stream_id"]
        self._admit(request)
        grant = self.tokens.verify(bearer_token(request), stream_id=stream_id, action=self.action)
        offer = await _body(request, _SDP)
        try:
            open_session = self.rooms.publish if self.action == "publish" else self.rooms.watch
            answered = open_session(grant, offer)
        except Refused as refusal:
            raise _as_api_error(refusal) from None
        except SdpError as error:
            raise _as_sdp_error(error) from None
        return self._created(request, answered)

    async def patch(self, request: web.Request) -> web.Response:
        """PATCH an SDP fragment: 204 for trickled candidates, 200 with new credentials for an ICE restart (§4.3)."""
        session = self._session(request)
        precondition = request.headers.get("If-Match")
        if precondition is None:
            raise ApiError(428, "PRECONDITION_REQUIRED", "If-Match with the session's ETag is needed")
        if precondition not in ("*", _etag(session)):
            raise ApiError(412, "PRECONDITION_FAILED", "If-Match names another ICE session", {"ETag": _etag(session)})
        try:
            fragment = parse_trickle(await _body(request, _FRAGMENT))
        except SdpError as error:
            raise _as_sdp_error(error) from None
        if fragment.ufrag == session.remote_ufrag:
            # An ICE-lite agent sends no checks, so there is nothing to do with candidates (RFC 8445 §2.5).
            return web.Response(status=204)
        assert session.transport is not None
        session.transport.restart_ice()
        session.remote_ufrag = fragment.ufrag
        answer = answer_trickle(fragment, self.rooms.local_transport(session))
        return web.Response(
            status=200,
            text=answer,
            content_type=_FRAGMENT,
            headers={"ETag": _etag(session), "Cache-Control": "no-store"},
        )

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE ends the session (§4.4)."""
        self._session(request).close("deleted by the client")
        return web.Response(status=200)

    async def options(self, request: web.Request) -> web.Response:
        """What may be sent here."""
        return preflight_response({"Accept-Post": _SDP, "Accept-Patch": _FRAGMENT})

    def _admit(self, request: web.Request) -> None:
        wait_s = self.limit.admit(request.remote or "", now=asyncio.get_running_loop().time())
        if wait_s:
            raise ApiError(
                429, "TOO_MANY_REQUESTS", "too many sessions from this address", {"Retry-After": str(int(wait_s))}
            )

    def _session(self, request: web.Request) -> Session:
        stream_id = request.match_info["stream_id"]
        grant = self.tokens.verify(bearer_token(request), stream_id=stream_id, action=self.action, allow_expired=True)
        session = self.rooms.find_session(request.match_info["session_id"])
        # Another's session and none at all look the same, so that ids cannot be tried out.
        if session is None or session.token_id != grant.token_id or session.action != self.action:
            raise ApiError(404, "SESSION_NOT_FOUND", "there is no such session")
        return session

    def _created(self, request: web.Request, answered: AnsweredSession) -> web.Response:
        path = f"{request.path}/{answered.session.session_id}"
        return web.Response(
            status=201,
            text=answered.sdp,
            content_type=_SDP,
            headers={
                "Location": f"{self.public_url}{path}",
                "ETag": _etag(answered.session),
                "Accept-Patch": _FRAGMENT,
                "Cache-Control": "no-store",
            },
        )


def signaling_routes(routes: SignalingRoutes) -> list[web.RouteDef]:
    """The routes of WHIP or WHEP. GET, HEAD and PUT answer 405, as RFC 9725 §4.2 reserves them."""
    name = "whip" if routes.action == "publish" else "whep"
    endpoint, resource = f"/{name}/{{stream_id}}", f"/{name}/{{stream_id}}/{{session_id}}"
    return [
        web.post(endpoint, routes.create),
        web.options(endpoint, routes.options),
        web.patch(resource, routes.patch),
        web.delete(resource, routes.delete),
        web.options(resource, routes.options),
    ]


def _etag(session: Session) -> str:
    """A strong entity tag that names the ICE session (RFC 9725 §4.3.1)."""
    assert session.transport is not None
    return f'"{session.transport.ice.credentials.ufrag}"'


async def _body(request: web.Request, content_type: str) -> str:
    if request.content_type != content_type:
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"the body must be {content_type}")
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            raw = await request.read()
    except TimeoutError:
        raise ApiError(408, "REQUEST_TIMEOUT", "the body did not arrive in time") from None
    if not raw:
        raise ApiError(400, "SDP_UNREADABLE", "the body is empty")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ApiError(400, "SDP_UNREADABLE", "the body is not UTF-8") from None


def _as_api_error(refusal: Refused) -> ApiError:
    status = _STATUS_OF_REFUSAL[refusal.code]
    headers = {"Retry-After": "1"} if status in (404, 503) else {}
    return ApiError(status, refusal.code, str(refusal), headers)


def _as_sdp_error(error: SdpError) -> ApiError:
    status, code = _STATUS_OF_SDP_ERROR[error.code]
    return ApiError(status, code, error.message)
