"""The web application of the API."""

import json
import math
from collections.abc import AsyncIterator
from functools import cache
from importlib.metadata import version

from aiohttp import web

from control_api.api.client import ClientResolver
from control_api.api.docs import Docs
from control_api.api.gate import RouteGate
from control_api.api.middleware.address_limit import address_limit, allowance_headers
from control_api.api.middleware.context import echo_request_id, request_context
from control_api.api.middleware.cors import cors
from control_api.api.middleware.errors import error_envelopes
from control_api.api.middleware.security_headers import security_headers
from control_api.api.openapi import openapi_document
from control_api.api.router import Mount, RateClass, install
from control_api.auth import routes as auth
from control_api.chat import routes as chat
from control_api.chat.ports import ChatAnnouncer, NobodyReads
from control_api.claims import routes as claims
from control_api.clock import Clock, utc_now
from control_api.crates import routes as crates
from control_api.dj import routes as dj
from control_api.encoders import routes as encoders
from control_api.health import routes as health
from control_api.history import routes as history
from control_api.linked_files import routes as linked_files
from control_api.mixes import routes as mixes
from control_api.performer import routes as performer
from control_api.play_queue import routes as play_queue
from control_api.playlists import routes as playlists
from control_api.rate_limit import Limit
from control_api.replays import media_routes as replay_media
from control_api.replays import recording_routes
from control_api.replays import routes as replays
from control_api.schedule import routes as schedule
from control_api.services import Assembly, Services
from control_api.settings import ApiSettings
from control_api.stream_health import routes as stream_health
from control_api.stream_keys import routes as stream_keys
from control_api.streams import routes as streams
from control_api.streams.announcer import NobodyListens, StreamAnnouncer
from control_api.targets import routes as targets
from control_api.tracks import routes as tracks
from control_api.uploads import routes as uploads
from control_api.users import routes as users

API_PREFIX = "/api"
# Each is seconds of work for the jobs worker that all DJs share.
ANALYSES = Limit("analysis", 120, 3_600)
SERVICES = web.AppKey("services", Services)
CLIENTS = web.AppKey("clients", ClientResolver)


def create_app(
    settings: ApiSettings,
    *,
    announce: StreamAnnouncer | None = None,
    announce_chat: ChatAnnouncer | None = None,
    clock: Clock = utc_now,
) -> web.Application:
    """The API as an application that migrates and connects when it starts and disconnects when it is cleaned up.

    `announce` is told of changed streams, `announce_chat` of what is written. Other parts of the process find the
    services at `app[SERVICES]` and who a request comes from at `app[CLIENTS]`; more routes may be added beside those
    of the API.
    """
    assembly = Assembly(settings, announce or NobodyListens(), announce_chat or NobodyReads(), clock)
    services = assembly.services
    clients = ClientResolver(settings.trusted_proxies)
    window_s = math.ceil(settings.rate_limit_window_ms / 1000)
    app = web.Application(
        client_max_size=settings.max_body_bytes,
        middlewares=[
            request_context(clients, log_all=settings.is_production),
            cors(frozenset(settings.cors_origin), path_prefix=API_PREFIX),
            error_envelopes,
            address_limit(
                services.limiter,
                Limit("address", settings.rate_limit_max_requests, window_s),
                path_prefix=API_PREFIX,
                of_players=Limit("players", settings.rate_limit_media_max_requests, window_s),
                players_paths=replay_media.PLAYERS_PATHS,
            ),
        ],
    )
    app.on_response_prepare.append(echo_request_id)
    app.on_response_prepare.append(allowance_headers)
    app.on_response_prepare.append(security_headers(path_prefix=API_PREFIX))
    app[SERVICES] = services
    app[CLIENTS] = clients
    _provide(app, services, settings)

    gate = RouteGate(
        services.auth,
        services.limiter,
        user_limit=Limit("user", settings.rate_limit_max_requests, window_s),
        class_limits={
            RateClass.AUTH: Limit("auth", settings.rate_limit_auth_max_requests, window_s),
            RateClass.STREAM: Limit("stream", settings.rate_limit_stream_max_requests, window_s),
            RateClass.UPLOAD: Limit("upload", settings.rate_limit_upload_max_requests, window_s),
            RateClass.ANALYSIS: ANALYSES,
        },
    )
    mounts = all_mounts(settings.api_version)
    Docs(_document(settings.api_version), settings.swagger_dir).install(app)
    install(app, mounts, gate)
    services.live.internal.install(app)

    async def run_services(_app: web.Application) -> AsyncIterator[None]:
        async with assembly.running():
            yield

    app.cleanup_ctx.append(run_services)
    return app


@cache
def _document(api_version: str) -> str:
    """The OpenAPI document as JSON: routes are fixed when their modules are loaded, and it takes long to make."""
    return json.dumps(openapi_document(all_mounts(api_version), version=version("nrs-live")))


def all_mounts(api_version: str) -> list[Mount]:
    """Every typed route and where it answers."""
    features = [
        auth.routes,
        users.routes,
        dj.routes,
        mixes.routes,
        performer.routes,
        stream_keys.routes,
        encoders.routes,
        targets.routes,
        schedule.routes,
        recording_routes.routes,
        replays.routes,
        replay_media.routes,
        stream_health.routes,
        streams.routes,
        chat.routes,
        uploads.routes,
        tracks.routes,
        crates.routes,
        playlists.routes,
        play_queue.routes,
        history.routes,
        claims.routes,
        linked_files.routes,
    ]
    return [
        Mount((f"{API_PREFIX}/{api_version}", API_PREFIX), [route for feature in features for route in feature.all]),
        Mount(("",), health.routes.all),
    ]


def _provide(app: web.Application, services: Services, settings: ApiSettings) -> None:
    app[auth.AUTH] = services.auth
    app[auth.COOKIES] = auth.CookiePolicy(
        max_age_s=int(settings.refresh_token_expires_in.total_seconds()),
        always_secure=settings.is_production,
        allowed_origins=frozenset(settings.cors_origin),
    )
    app[users.USERS] = services.users
    app[streams.STREAMS] = services.streams
    app[streams.VIEWERS] = services.viewers
    app[streams.LIVE_ROOMS] = services.live.live_rooms
    app[stream_keys.STREAM_KEYS] = services.live.keys
    app[stream_keys.SETTINGS] = settings
    app[encoders.ENCODERS] = services.live.encoders
    app[targets.TARGETS] = services.live.targets
    app[schedule.ANNOUNCED] = services.live.announced
    app[recording_routes.STREAM_RECORDINGS] = services.live.recordings
    app[replays.REPLAYS] = services.live.replays
    app[replays.ADDRESSES] = services.live.replay_addresses
    app[replay_media.PLAYBACK] = services.live.playback
    app[replay_media.DOWNLOADS] = services.live.downloads
    app[stream_health.STREAM_HEALTH] = services.live.health
    app[chat.CHAT] = services.chat
    app[chat.MODERATION] = services.moderation
    app[dj.SHOWS] = services.shows
    app[mixes.MIXES] = services.mixes
    app[mixes.MEMBERS] = services.mix_members
    app[uploads.UPLOADS] = services.uploads
    app[tracks.TRACKS] = services.tracks
    app[tracks.TRACK_FILES] = services.track_files
    app[tracks.COVERS] = services.covers
    app[claims.CLAIMS] = services.claims
    app[claims.HELD_TRACKS] = services.held_tracks
    app[tracks.LINKS] = services.links
    app[crates.CRATES] = services.crates
    app[playlists.PLAYLISTS] = services.playlists
    app[play_queue.QUEUE] = services.queue
    app[history.HISTORY] = services.history
    app[history.RECORDINGS] = services.recordings
    app[health.HEALTH] = services.health
