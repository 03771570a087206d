"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): the two differ in who sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from media_server.http.admission import AddressLimit
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.http.half_open import HalfOpenLimit
from media_server.http.ice_servers import IceServers
from media_server.http.incoming import admit, as_api_error, bearer_token, body, get_own_session
from media_server.http.preconditions import check_accepts, check_match
from media_server.http.whep_extensions import extension_links
from media_server.sdp import SdpError, answer_trickle, parse_trickle
from media_server.sessions.attaching import AnsweredSession
from media_server.sessions.entrance import Entrance
from media_server.sessions.live_room import Session
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.refusal import Refused
from media_server.sessions.rooms import Rooms
from media_server.sessions.viewer import ViewerSession
from media_server.tokens import Action, MediaGrant, TokenVerifier

Protocol = Literal["whip", "whep"]

MAX_SDP_BYTES: Final = 64 * 1024
_SDP: Final = "application/sdp"
_ACTIONS: Final[dict[Protocol, tuple[Action, ...]]] = {"whip": ("publish", "talk"), "whep": ("watch", "monitor")}
_FRAGMENT: Final = "application/trickle-ice-sdpfrag"
_STATUS_OF_SDP_ERROR: Final = {"unreadable": (400, "SDP_UNREADABLE"), "unacceptable": (422, "SDP_UNACCEPTABLE")}


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """How often one address may ask for a session, and change one; and how many may be half open."""

    joins: AddressLimit
    changes: AddressLimit
    half_open: HalfOpenLimit


@dataclass(frozen=True, slots=True)
class SignalingRoutes:
    """The handlers of one protocol: by WHIP come publishers and the DJs of a mix, by WHEP viewers and monitors.

    `bring` has a stream here that another worker has.
    """

    protocol: Protocol
    rooms: Rooms
    entrance: Entrance
    tokens: TokenVerifier
    limits: DoorLimits
    ice_servers: IceServers
    public_url: str
    bring: Callable[[str], Awaitable[None]]

    async def create(self, request: web.Request) -> web.Response:
        """POST an SDP offer: 201 with the answer, the session's Location and its ETag (RFC 9725 §4.2)."""
        stream_id = request.match_info["stream_id"]
        admit(request, self.limits.joins)
        grant = self.tokens.verify(bearer_token(request), *_ACTIONS[self.protocol], stream_id=stream_id)
        check_accepts(request, _SDP)
        offer = await _text(request, _SDP)
        if grant.action == "watch":
            await self.bring(stream_id)
        self.limits.half_open.check(request.remote or "")
        try:
            answered = self._open(grant, offer)
        except Refused as refusal:
            raise as_api_error(refusal) from None
        except SdpError as error:
            raise _as_sdp_error(error) from None
        transport = answered.session.transport
        assert transport is not None
        self.limits.half_open.add(request.remote or "", transport)
        return self._created(request, answered, grant)

    async def patch(self, request: web.Request) -> web.Response:
        """PATCH an SDP fragment: 204 for trickled candidates, 200 with new credentials for an ICE restart (§4.3)."""
        admit(request, self.limits.changes)
        self._matched_session(request)
        try:
            fragment = parse_trickle(await _text(request, _FRAGMENT))
        except SdpError as error:
            raise _as_sdp_error(error) from None
        # While the body came, it may have ended, or another request have restarted it.
        session = self._matched_session(request)
        if fragment.ufrag == session.remote_ufrag:
            # An ICE-lite agent sends no checks, so there is nothing to do with candidates (RFC 8445 §2.5).
            return web.Response(status=204)
        assert session.transport is not None
        session.transport.restart_ice()
        session.remote_ufrag = fragment.ufrag
        answer = answer_trickle(fragment, self.entrance.local_transport(session))
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
        """What may be sent here; to who shows a token, also which TURN servers there are (§4.6)."""
        response = preflight_response({"Accept-Post": _SDP, "Accept-Patch": _FRAGMENT}, status=200)
        if token := bearer_token(request):
            # A page's preflight carries none, and nobody else is to be given credentials.
            stream_id = request.match_info["stream_id"]
            grant = self.tokens.verify(token, *_ACTIONS[self.protocol], stream_id=stream_id)
            for link in self.ice_servers.links(grant.subject):
                response.headers.add("Link", link)
        return response

    def _matched_session(self, request: web.Request) -> Session:
        session = self._session(request)
        check_match(request, _etag(session))
        return session

    def _session(self, request: web.Request) -> Session:
        actions = _ACTIONS[self.protocol]
        if self.protocol == "whip":
            return get_own_session(request, self.rooms, self.tokens, PublisherSession, *actions)
        return get_own_session(request, self.rooms, self.tokens, ViewerSession, *actions)

    def _open(self, grant: MediaGrant, offer: str) -> AnsweredSession:
        match grant.action:
            case "publish":
                return self.entrance.publish(grant, offer)
            case "talk":
                return self.entrance.talk(grant, offer)
            case "monitor":
                return self.entrance.monitor(grant, offer)
            case _:
                return self.entrance.watch(grant, offer)

    def _created(self, request: web.Request, answered: AnsweredSession, grant: MediaGrant) -> web.Response:
        location = f"{self.public_url}{request.path}/{answered.session.session_id}"
        response = web.Response(
            status=201,
            text=answered.sdp,
            content_type=_SDP,
            headers={
                "Location": location,
                "ETag": _etag(answered.session),
                "Accept-Patch": _FRAGMENT,
                "Cache-Control": "no-store",
            },
        )
        links = self.ice_servers.links(grant.subject)
        if grant.action == "watch":
            links += extension_links(location)
        for link in links:
            response.headers.add("Link", link)
        return response


def signaling_routes(routes: SignalingRoutes) -> list[web.RouteDef]:
    """The routes of WHIP or WHEP. GET, HEAD and PUT answer 405, as RFC 9725 §4.2 reserves them."""
    endpoint, resource = f"/{routes.protocol}/{{stream_id}}", f"/{routes.protocol}/{{stream_id}}/{{session_id}}"
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


async def _text(request: web.Request, content_type: str) -> str:
    raw = await body(request, content_type)
    if not raw:
        raise ApiError(400, "SDP_UNREADABLE", "the body is empty")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ApiError(400, "SDP_UNREADABLE", "the body is not UTF-8") from None


def _as_sdp_error(error: SdpError) -> ApiError:
    status, code = _STATUS_OF_SDP_ERROR[error.code]
    return ApiError(status, code, error.message)
