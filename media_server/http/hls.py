"""LL-HLS over HTTP: playlists that can be waited for, and media that never changes (`egress/hls/delivery.py`)."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from aiohttp import web

from media_server.egress.hls.delivery import (
    MEDIA_TYPE,
    MULTIVARIANT_CACHE,
    MULTIVARIANT_NAME,
    NAMED_MEDIA_CACHE,
    PLAYLIST_TYPE,
    DeliveryRefused,
    longest_wait_s,
    no_hls_yet,
    no_media,
    not_found,
    not_live,
    overloaded,
    playlist_body,
    playlist_cache,
    playlist_headers,
    read_directives,
    refuse_far_ahead,
    rendition_of,
)
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.names import MediaName
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.http.hls_reload import PartWaiters, TooManyWaiting

Find = Callable[[str], HlsEgress | None]
Authorize = Callable[[web.Request, str], str]


class HlsRoutes:
    """The handlers. `find` knows the stream's egress, `authorize` raises for who may not read its playlists.

    Media is given to whoever knows its name, which is in playlists alone: see `MediaNames`.
    """

    def __init__(self, find: Find, authorize: Authorize) -> None:
        self._find = find
        self._authorize = authorize
        self._waiters: WeakKeyDictionary[HlsEgress, PartWaiters] = WeakKeyDictionary()

    async def get(self, request: web.Request) -> web.Response:
        """A playlist, an initialization segment, a segment or a part."""
        try:
            return await self._get(request, request.match_info["stream_id"], request.match_info["name"])
        except DeliveryRefused as refused:
            raise ApiError(refused.status, refused.code, str(refused), refused.headers) from refused

    async def options(self, request: web.Request) -> web.Response:
        """What pages of other origins may send."""
        return preflight_response({})

    async def _get(self, request: web.Request, stream_id: str, name: str) -> web.Response:
        egress = self._find(stream_id)
        if egress is not None and (media := egress.names.read(name)) is not None:
            return await self._media(egress, media)
        self._authorize(request, stream_id)
        if egress is None:
            raise not_live()
        if name == MULTIVARIANT_NAME:
            text = egress.multivariant_playlist()
            if text is None:
                raise no_hls_yet()
            return _playlist_response(request, text, cache=MULTIVARIANT_CACHE)
        if (rendition := rendition_of(name)) is not None:
            return await self._media_playlist(request, egress, _rendition(egress, rendition))
        raise not_found()

    async def _media_playlist(self, request: web.Request, egress: HlsEgress, playlist: MediaPlaylist) -> web.Response:
        asked = read_directives(request.query)
        if asked.number is not None:
            refuse_far_ahead(playlist, asked.number, asked.part)
            await self._wait(egress, playlist, asked.number, asked.part)
            if playlist.is_withdrawn:
                raise not_found()
        cache = playlist_cache(playlist, waited=asked.number is not None)
        return _playlist_response(request, egress.media_playlist(playlist, skip=asked.skip), cache=cache)

    async def _media(self, egress: HlsEgress, name: MediaName) -> web.Response:
        playlist = _rendition(egress, name.rendition)
        body: bytes | None = None
        if name.initialization is not None:
            body = playlist.initialization(name.initialization)
        elif name.number is not None and name.part is None:
            body = playlist.segment(name.number)
        elif name.number is not None and name.part is not None:
            if (name.number, name.part) == playlist.next_part:
                await self._wait(egress, playlist, name.number, name.part)
            body = playlist.part(name.number, name.part)
        if body is None:
            raise not_found()
        return web.Response(body=body, content_type=MEDIA_TYPE, headers={"Cache-Control": NAMED_MEDIA_CACHE})

    async def _wait(self, egress: HlsEgress, playlist: MediaPlaylist, number: int, part: int | None) -> None:
        waiters = self._waiters.get(egress)
        if waiters is None:
            waiters = self._waiters[egress] = PartWaiters(egress)
        try:
            came = await waiters.wait(playlist, number, part, timeout_s=longest_wait_s(playlist))
        except TooManyWaiting as error:
            raise overloaded() from error
        if not came:
            raise no_media()


def hls_routes(find: Find, authorize: Authorize) -> list[web.RouteDef]:
    """Routes under `/hls/{stream_id}/`. `authorize` gets request and stream id, and raises for who may not watch."""
    routes = HlsRoutes(find, authorize)
    return [
        web.get("/hls/{stream_id}/{name}", routes.get),
        web.options("/hls/{stream_id}/{name}", routes.options),
    ]


def _rendition(egress: HlsEgress, name: str) -> MediaPlaylist:
    playlist = egress.playlist(name)
    if playlist is None:
        raise not_found()
    return playlist


def _playlist_response(request: web.Request, text: str, *, cache: str) -> web.Response:
    compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    return web.Response(
        body=playlist_body(text, token=request.query.get("token"), compressed=compressed),
        content_type=PLAYLIST_TYPE,
        charset="utf-8",
        headers=playlist_headers(cache=cache, compressed=compressed),
    )
