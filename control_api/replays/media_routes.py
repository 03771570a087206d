"""/replay/:id: playlists, media, pictures and downloads, also below a token in the path."""

import re
from http import HTTPStatus

from aiohttp import hdrs, web

from control_api.api.access import Access
from control_api.api.envelopes import success
from control_api.api.files import File, file_response
from control_api.api.router import Routes
from control_api.identity import Actor, Role
from control_api.replays.downloads import MP4, DownloadService
from control_api.replays.errors import DownloadFailed, ReplayLinkInvalid, ReplayNotFound, ReplayNotReady
from control_api.replays.models import DownloadState, Replay, ReplayId, ReplayState, Visibility
from control_api.replays.playback import JPEG, MEDIA_TYPE, Playback
from control_api.replays.views import (
    DownloadView,
    MediaPath,
    RenditionPath,
    ReplayPath,
    TokenMediaPath,
    TokenPath,
    TokenRenditionPath,
)

PLAYBACK = web.AppKey("playback", Playback)
DOWNLOADS = web.AppKey("downloads", DownloadService)
# What players ask for by themselves, many times a minute.
PLAYERS_PATHS = re.compile(r"/replay/[^/]+/(with/[^/]+/)?([a-z0-9_-]+\.m3u8|media/[^/]+)$")
HLS = "application/vnd.apple.mpegurl"
RETRY_S = 3
routes = Routes("Replays")
own = [ReplayNotFound]
with_token = [ReplayNotFound, ReplayLinkInvalid]


@routes.get("/replay/{id}/index.m3u8", access=Access.OPTIONAL, errors=own, gives=HLS)
async def get_replay_playlist(request: web.Request, actor: Actor | None, path: ReplayPath) -> web.Response:
    """Get the multivariant playlist of a replay"""
    return await _playlist(request, await _find(request, actor, path), None)


@routes.get("/replay/{id}/with/{token}/index.m3u8", access=Access.OPEN, errors=with_token, gives=HLS)
async def get_private_replay_playlist(request: web.Request, path: TokenPath) -> web.Response:
    """Get the multivariant playlist of a private replay"""
    return await _playlist(request, await _find(request, None, path, path.token), None)


@routes.get("/replay/{id}/{rendition}.m3u8", access=Access.OPTIONAL, errors=own, gives=HLS)
async def get_rendition_playlist(request: web.Request, actor: Actor | None, path: RenditionPath) -> web.Response:
    """Get the playlist of one rendition of a replay

    It grows while the stream is live.
    """
    return await _playlist(request, await _find(request, actor, path), path.rendition)


@routes.get("/replay/{id}/with/{token}/{rendition}.m3u8", access=Access.OPEN, errors=with_token, gives=HLS)
async def get_private_rendition_playlist(request: web.Request, path: TokenRenditionPath) -> web.Response:
    """Get the playlist of one rendition of a private replay"""
    return await _playlist(request, await _find(request, None, path, path.token), path.rendition)


@routes.get("/replay/{id}/media/{name}", access=Access.OPTIONAL, errors=own, gives=MEDIA_TYPE)
async def get_replay_media(request: web.Request, actor: Actor | None, path: MediaPath) -> web.StreamResponse:
    """Get a segment of a replay"""
    replay = await _find(request, actor, path)
    return await file_response(request, await request.app[PLAYBACK].media(replay, path.name))


@routes.get("/replay/{id}/with/{token}/media/{name}", access=Access.OPEN, errors=with_token, gives=MEDIA_TYPE)
async def get_private_replay_media(request: web.Request, path: TokenMediaPath) -> web.StreamResponse:
    """Get a segment of a private replay"""
    replay = await _find(request, None, path, path.token)
    return await file_response(request, await request.app[PLAYBACK].media(replay, path.name))


@routes.get("/replay/{id}/thumbnail.jpg", access=Access.OPTIONAL, errors=own, gives=JPEG)
async def get_replay_thumbnail(request: web.Request, actor: Actor | None, path: ReplayPath) -> web.StreamResponse:
    """Get a picture of a replay"""
    replay = await _find(request, actor, path)
    return await file_response(request, await request.app[PLAYBACK].thumbnail(replay))


@routes.get("/replay/{id}/with/{token}/thumbnail.jpg", access=Access.OPEN, errors=with_token, gives=JPEG)
async def get_private_replay_thumbnail(request: web.Request, path: TokenPath) -> web.StreamResponse:
    """Get a picture of a private replay"""
    replay = await _find(request, None, path, path.token)
    return await file_response(request, await request.app[PLAYBACK].thumbnail(replay))


@routes.get(
    "/replay/{id}/download",
    access=Access.of(Role.DJ, Role.PERFORMER, Role.ADMIN),
    errors=[ReplayNotFound, ReplayNotReady, DownloadFailed],
    gives=MP4,
)
async def download_replay(request: web.Request, actor: Actor, path: ReplayPath) -> web.StreamResponse:
    """Download one's replay as one MP4

    It is made when it is first asked for: until it is there, the answer is 202 with `{state, progress}`.
    """
    return await _download(request, await request.app[DOWNLOADS].of_creator(actor, ReplayId(path.id)))


@routes.get(
    "/replay/{id}/with/{token}/download",
    access=Access.OPEN,
    errors=[*with_token, ReplayNotReady, DownloadFailed],
    gives=MP4,
)
async def download_replay_by_link(request: web.Request, path: TokenPath) -> web.StreamResponse:
    """Download a replay by the link that its creator was given"""
    return await _download(request, await request.app[DOWNLOADS].of_token(ReplayId(path.id), path.token))


async def _find(request: web.Request, actor: Actor | None, path: ReplayPath, token: str | None = None) -> Replay:
    return await request.app[PLAYBACK].find(actor, ReplayId(path.id), token)


async def _playlist(request: web.Request, replay: Replay, rendition: str | None) -> web.Response:
    text = await request.app[PLAYBACK].playlist(replay, rendition)
    whose = "public" if replay.visibility is Visibility.PUBLIC else "private"
    max_age_s = 1 if replay.state is ReplayState.RECORDING else 15
    response = web.Response(text=text, content_type=HLS, headers={hdrs.CACHE_CONTROL: f"{whose}, max-age={max_age_s}"})
    # That of a night is some megabytes of what compresses well.
    response.enable_compression()
    return response


async def _download(request: web.Request, answer: File | float) -> web.StreamResponse:
    if isinstance(answer, File):
        return await file_response(request, answer)
    making = success(DownloadView(state=DownloadState.MAKING, progress=answer), status=HTTPStatus.ACCEPTED)
    making.headers[hdrs.RETRY_AFTER] = str(RETRY_S)
    return making
