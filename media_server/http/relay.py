"""Where other workers open and end their pulls (ARCHITECTURE.md, "Relay, registry, drain")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from media_server.http.admission import AddressLimit
from media_server.http.errors import ApiError
from media_server.http.incoming import admit, as_api_error, bearer_token, body, get_own_session
from media_server.relay.offer import PullOffer, RelayError
from media_server.sessions.refusal import Refused
from media_server.sessions.relay_door import RelayDoor
from media_server.sessions.relaying import RelaySession
from media_server.sessions.rooms import Rooms
from media_server.tokens import TokenVerifier

_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class RelayRoutes:
    """The handlers."""

    rooms: Rooms
    door: RelayDoor
    tokens: TokenVerifier
    limit: AddressLimit

    async def create(self, request: web.Request) -> web.Response:
        """POST a key and an SSRC: 201 with the tracks, where to send reports, and the session's Location."""
        stream_id = request.match_info["stream_id"]
        admit(request, self.limit)
        grant = self.tokens.verify(bearer_token(request), "relay", stream_id=stream_id)
        try:
            offer = PullOffer.parse(await body(request, _JSON))
            answered = self.door.admit(grant, offer)
        except RelayError as error:
            raise ApiError(400, "RELAY_UNREADABLE", str(error)) from None
        except Refused as refusal:
            raise as_api_error(refusal) from None
        return web.Response(
            status=201,
            body=answered.answer.serialize(),
            content_type=_JSON,
            headers={"Location": f"{request.path}/{answered.session.session_id}", "Cache-Control": "no-store"},
        )

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE ends the pull."""
        session = get_own_session(request, self.rooms, self.tokens, RelaySession, "relay")
        session.close("deleted by the edge")
        return web.Response(status=200)


def relay_routes(rooms: Rooms, door: RelayDoor, tokens: TokenVerifier, limit: AddressLimit) -> list[web.RouteDef]:
    """The routes under `/relay/`. No page calls them, so they answer no preflight."""
    routes = RelayRoutes(rooms, door, tokens, limit)
    return [
        web.post("/relay/{stream_id}", routes.create),
        web.delete("/relay/{stream_id}/{session_id}", routes.delete),
    ]
