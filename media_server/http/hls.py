"""LL-HLS over HTTP: playlists that can be waited for, and media that never changes (RFC 8216bis §6.2, appendix B)."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

from aiohttp import web

from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.names import MediaName
from media_server.egress.hls.rendering import TOKEN_PLACE
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.http.hls_reload import PartWaiters, TooManyWaiting

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
NAMED_MEDIA_CACHE: Final = "public, max-age=3600, immutable"
"""Of media whose name is the right to it. A name never stands for other bytes."""
_WAIT_TARGET_DURATIONS: Final = 3
_MAX_SEGMENTS_AHEAD: Final = 2
_PLAYLIST_NAME: Final = re.compile(r"(?P<rendition>[a-z0-9]{1,32})\.m3u8")
_INDEX: Final = re.compile(r"\d{1,15}")

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
        stream_id, name = request.match_info["stream_id"], request.match_info["name"]
        egress = self._find(stream_id)
        if egress is not None and (media := egress.names.read(name)) is not None:
            return await self._media(egress, media)
        self._authorize(request, stream_id)
        if egress is None:
            raise ApiError(404, "STREAM_NOT_LIVE", "The stream is not live here.", {"Retry-After": "1"})
        if name == "index.m3u8":
            text = egress.multivariant_playlist()
            if text is None:
                raise ApiError(404, "STREAM_NOT_LIVE", "The stream has no HLS yet.", {"Retry-After": "1"})
            return _playlist_response(request, text, cache="no-cache")
        if (match := _PLAYLIST_NAME.fullmatch(name)) is not None:
            return await self._media_playlist(request, egress, _rendition(egress, match["rendition"]))
        raise _not_found()

    async def options(self, request: web.Request) -> web.Response:
        """What pages of other origins may send."""
        return preflight_response({})

    async def _media_playlist(self, request: web.Request, egress: HlsEgress, playlist: MediaPlaylist) -> web.Response:
        number, part = _index(request, "_HLS_msn"), _index(request, "_HLS_part")
        skip = request.query.get("_HLS_skip")
        if skip not in (None, "YES", "v2") or (part is not None and number is None):
            raise ApiError(400, "INVALID_DELIVERY_DIRECTIVE", "That delivery directive does not exist.")
        if number is None:
            # Appendix B: half a target duration for what did not wait, six for what did and so never changes much.
            cache = f"private, max-age={playlist.target_duration_s // 2}"
        else:
            _refuse_far_ahead(playlist, number, part)
            await self._wait(egress, playlist, number, part)
            if playlist.is_withdrawn:
                raise _not_found()
            cache = f"private, max-age={6 * playlist.target_duration_s}"
        return _playlist_response(request, egress.media_playlist(playlist, skip=skip is not None), cache=cache)

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
            raise _not_found()
        return web.Response(body=body, content_type="video/mp4", headers={"Cache-Control": NAMED_MEDIA_CACHE})

    async def _wait(self, egress: HlsEgress, playlist: MediaPlaylist, number: int, part: int | None) -> None:
        waiters = self._waiters.get(egress)
        if waiters is None:
            waiters = self._waiters[egress] = PartWaiters(egress)
        timeout_s = _WAIT_TARGET_DURATIONS * playlist.target_duration_s
        try:
            came = await waiters.wait(playlist, number, part, timeout_s=timeout_s)
        except TooManyWaiting as error:
            raise ApiError(
                503, "OVERLOADED", "Too many requests wait for this stream.", {"Retry-After": "1"}
            ) from error
        if not came:
            raise ApiError(503, "NO_MEDIA", "The publisher sends nothing.", {"Retry-After": "1"})


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
        raise _not_found()
    return playlist


def _not_found() -> ApiError:
    return ApiError(404, "NOT_FOUND", "There is no such file, or not any more.")


def _index(request: web.Request, name: str) -> int | None:
    value = request.query.get(name)
    if value is None:
        return None
    if _INDEX.fullmatch(value) is None:
        raise ApiError(400, "INVALID_DELIVERY_DIRECTIVE", f"{name} is not a number.")
    return int(value)


def _refuse_far_ahead(playlist: MediaPlaylist, number: int, part: int | None) -> None:
    """RFC 8216bis §6.2.5.2: at most two segments, and three seconds of parts, beyond the end."""
    next_number, next_part = playlist.next_part
    last_number = next_number if playlist.open_segment is not None else next_number - 1
    limit = math.ceil(3 / min(1.0, playlist.settings.part_target_s))
    beyond = part is not None and number >= next_number and part > next_part + limit
    if not playlist.ended and (number > last_number + _MAX_SEGMENTS_AHEAD or beyond):
        raise ApiError(400, "TOO_FAR_AHEAD", "That part of the stream is too far ahead.")


def _playlist_response(request: web.Request, text: str, *, cache: str) -> web.Response:
    token = request.query.get("token")
    body = text.replace(TOKEN_PLACE, f"?token={quote(token, safe='')}" if token else "").encode()
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = _compressed(body)
    return web.Response(body=body, content_type=PLAYLIST_TYPE, charset="utf-8", headers=headers)


@lru_cache(maxsize=64)
def _compressed(body: bytes) -> bytes:
    """Compressed once for all viewers who are told the same: to about a sixth."""
    return gzip.compress(body, compresslevel=1, mtime=0)
