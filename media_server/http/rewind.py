"""What was kept of a live stream, to go back in: playlists, and segments from disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from aiohttp import web

from media_server.egress.hls.rendering import TOKEN_PLACE
from media_server.http.errors import ApiError
from media_server.http.hls import MEDIA_CACHE, PLAYLIST_TYPE, Authorize
from media_server.recording.archive import Archive
from media_server.recording.rewind import PREFIX, media_playlist, multivariant_playlist

_PLAYLIST_CACHE: Final = "private, max-age=1"
_MEDIA_NAME: Final = re.compile(
    r"(?P<rendition>[a-z0-9]{1,32})-(?:init-(?P<init>\d{1,15})\.mp4|(?P<number>\d{1,15})\.m4s)"
)

FindArchive = Callable[[str], Archive | None]


class RewindRoutes:
    """`authorize` raises for who may not watch the stream."""

    def __init__(self, find: FindArchive, authorize: Authorize) -> None:
        self._find = find
        self._authorize = authorize

    async def index(self, request: web.Request) -> web.Response:
        """The multivariant playlist."""
        return _playlist(request, multivariant_playlist(self._archive(request)))

    async def playlist(self, request: web.Request) -> web.Response:
        """A media playlist."""
        archive = self._archive(request)
        return _playlist(request, media_playlist(archive, request.match_info["rendition"], is_over=archive.is_over))

    async def media(self, request: web.Request) -> web.Response:
        """A segment, or an initialization segment."""
        archive = self._archive(request)
        found = _MEDIA_NAME.fullmatch(request.match_info["name"])
        body: bytes | None = None
        if found is not None and found["init"] is not None:
            body = await archive.read_initialization(found["rendition"], int(found["init"]))
        elif found is not None:
            body = await archive.read_segment(found["rendition"], int(found["number"]))
        if body is None:
            raise ApiError(404, "NOT_FOUND", "There is no such file, or not any more.")
        return web.Response(body=body, content_type="video/mp4", headers={"Cache-Control": MEDIA_CACHE})

    def _archive(self, request: web.Request) -> Archive:
        stream_id = request.match_info["stream_id"]
        self._authorize(request, stream_id)
        archive = self._find(stream_id)
        if archive is None:
            raise ApiError(404, "STREAM_NOT_LIVE", "The stream is not live here.", {"Retry-After": "1"})
        return archive


def rewind_routes(find: FindArchive, authorize: Authorize) -> list[web.RouteDef]:
    """Routes under `/hls/{stream_id}/`; to be added before those of the live playlists."""
    routes = RewindRoutes(find, authorize)
    return [
        web.get(f"/hls/{{stream_id}}/{PREFIX}.m3u8", routes.index),
        web.get(f"/hls/{{stream_id}}/{PREFIX}-{{rendition:[a-z0-9]+}}.m3u8", routes.playlist),
        web.get(f"/hls/{{stream_id}}/{PREFIX}/{{name}}", routes.media),
    ]


def _playlist(request: web.Request, text: str | None) -> web.Response:
    if text is None:
        raise ApiError(404, "NOTHING_KEPT", "Nothing of this stream can be gone back to.", {"Retry-After": "5"})
    token = request.query.get("token")
    text = text.replace(TOKEN_PLACE, f"?token={quote(token, safe='')}" if token else "")
    response = web.Response(
        text=text, content_type=PLAYLIST_TYPE, charset="utf-8", headers={"Cache-Control": _PLAYLIST_CACHE}
    )
    # A few hours are a few hundred kilobytes, of lines that are all alike.
    response.enable_compression()
    return response
