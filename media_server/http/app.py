"""The worker's aiohttp application."""

from __future__ import annotations

import time

from aiohttp import web

from media_server.egress.hls.egress import HlsEgress
from media_server.http.admission import AddressLimit
from media_server.http.cors import cors_signal
from media_server.http.errors import ApiError, render_errors
from media_server.http.feed import feed_routes
from media_server.http.half_open import HalfOpenLimit
from media_server.http.hls import hls_routes
from media_server.http.ice_servers import IceServers
from media_server.http.incoming import bearer_token
from media_server.http.layers import LayerRoutes, layer_routes
from media_server.http.preview import FindPreview, preview_routes
from media_server.http.relay import relay_routes
from media_server.http.rewind import FindArchive, rewind_routes
from media_server.http.webrtc import MAX_SDP_BYTES, DoorLimits, Protocol, SignalingRoutes, signaling_routes
from media_server.http.whep_events import EventRoutes, event_routes
from media_server.sessions.entrance import Entrance
from media_server.sessions.pulls import Pulls
from media_server.sessions.relay_door import RelayDoor
from media_server.sessions.rooms import Rooms
from media_server.settings import WorkerSettings
from media_server.tokens import TokenVerifier, VerifiedTokens


def create_app(
    rooms: Rooms,
    entrance: Entrance,
    settings: WorkerSettings,
    *,
    relays: RelayDoor,
    pulls: Pulls,
    find_archive: FindArchive,
    find_preview: FindPreview,
) -> web.Application:
    """WHIP, WHEP, feeds, pulls of other workers, HLS, what can be rewound to, previews, and a health check."""
    app = web.Application(middlewares=[render_errors], client_max_size=MAX_SDP_BYTES)
    app.on_response_prepare.append(cors_signal(settings.cors_origin))
    tokens = TokenVerifier(settings.media_token_public_key)
    public_url = (settings.media_public_url or "").rstrip("/")

    def new_limit() -> AddressLimit:
        return AddressLimit(rate_per_s=settings.joins_per_address_per_s, burst=settings.joins_per_address_burst)

    limit = new_limit()
    half_open = HalfOpenLimit(total=settings.max_connecting_sessions, per_site=settings.joins_per_address_burst)
    limits = DoorLimits(limit, new_limit(), half_open)
    ice_servers = IceServers(settings.turn_urls, settings.turn_secret)
    protocols: tuple[Protocol, ...] = ("whip", "whep")
    for protocol in protocols:
        routes = SignalingRoutes(protocol, rooms, entrance, tokens, limits, ice_servers, public_url, pulls.bring)
        app.add_routes(signaling_routes(routes))
    app.add_routes(layer_routes(LayerRoutes(rooms, tokens, new_limit())))
    events = EventRoutes(rooms, tokens, new_limit(), total=settings.max_sessions, public_url=public_url)
    app.add_routes(event_routes(events))
    app.add_routes(feed_routes(rooms, entrance, tokens, limit))
    app.add_routes(relay_routes(rooms, relays, tokens, limit))

    # Players ask for playlists many times a second.
    verified = VerifiedTokens(tokens)

    def authorize_hls(request: web.Request, stream_id: str) -> str:
        token = bearer_token(request) or request.query.get("token", "")
        viewer_id = verified.viewer_id(token, stream_id, unix_s=time.time())
        room = rooms.find_room(stream_id)
        if room is not None:
            if room.is_dropped(viewer_id):
                raise ApiError(403, "VIEWER_DROPPED", "this viewer has left the stream or was removed from it")
            room.seen_on_hls(viewer_id)
        return viewer_id

    def find_hls(stream_id: str) -> HlsEgress | None:
        room = rooms.find_room(stream_id)
        return room.hls if room is not None else None

    async def health(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "workerId": settings.worker_id,
                "rooms": sum(1 for _ in rooms),
                "viewers": sum(len(room.present()) for room in rooms),
            }
        )

    app.add_routes(preview_routes(find_preview))
    app.add_routes(rewind_routes(find_archive, find_hls, authorize_hls))
    app.add_routes(hls_routes(find_hls, authorize_hls))
    app.router.add_get("/health", health)
    return app
