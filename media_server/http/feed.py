"""Where mixers open and end their feeds (ARCHITECTURE.md, "Feed")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from media_server.feed.offer import FeedError, FeedOffer
from media_server.http.admission import AddressLimit
from media_server.http.errors import ApiError
from media_server.http.incoming import admit, as_api_error, bearer_token, body, get_own_session
from media_server.sessions.entrance import Entrance
from media_server.sessions.feed import FeedSession
from media_server.sessions.refusal import Refused
from media_server.sessions.rooms import Rooms
from media_server.tokens import TokenVerifier

_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class FeedRoutes:
    """The handlers."""

    rooms: Rooms
    entrance: Entrance
    tokens: TokenVerifier
    limit: AddressLimit

    async def create(self, request: web.Request) -> web.Response:
        """POST a key and SSRCs: 201 with the address to send to, and the session's Location."""
        stream_id = request.match_info["stream_id"]
        admit(request, self.limit)
        grant = self.tokens.verify(bearer_token(request), "feed", stream_id=stream_id)
        try:
            offer = FeedOffer.parse(await body(request, _JSON))
            answered = self.entrance.feed(grant, offer)
        except FeedError as error:
            raise ApiError(400, "FEED_UNREADABLE", str(error)) from None
        except Refused as refusal:
            raise as_api_error(refusal) from None
        host, port = answered.address
        return web.json_response(
            {"host": host, "port": port},
            status=201,
            headers={"Location": f"{request.path}/{answered.session.session_id}", "Cache-Control": "no-store"},
        )

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE ends the feed."""
        session = get_own_session(request, self.rooms, self.tokens, FeedSession, "feed")
        session.close("deleted by the mixer")
        return web.Response(status=200)


def feed_routes(rooms: Rooms, entrance: Entrance, tokens: TokenVerifier, limit: AddressLimit) -> list[web.RouteDef]:
    """The routes under `/feed/`. No page calls them, so they answer no preflight."""
    routes = FeedRoutes(rooms, entrance, tokens, limit)
    return [
        web.post("/feed/{stream_id}", routes.create),
        web.delete("/feed/{stream_id}/{session_id}", routes.delete),
    ]
