"""What was kept of a live stream, to go back in: playlists, and segments from disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from aiohttp import web

from media_server.egress.hls.delivery import NAMED_MEDIA_CACHE, PLAYLIST_TYPE
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.names import MediaNames
from media_server.egress.hls.rendering import TOKEN_PLACE
from media_server.http.errors import ApiError
from media_server.http.hls import Authorize
from media_server.recording.archive import Archive
from media_server.recording.rewind import PREFIX, media_playlist, multivariant_playlist

_PLAYLIST_CACHE: Final = "private, max-age=1"

FindArchive = Callable[[str], Archive | None]
FindHls = Callable[[str], HlsEgress | None]


class RewindRoutes:
    """`authorize` raises for who may not read the stream's playlists; the names in them are the right to media."""

    def __init__(self, find: FindArchive, find_hls: FindHls, authorize: Authorize) -> None:
        self._find = find
        self._find_hls = find_hls
        self._authorize = authorize

    async def index(self, request: web.Request) -> web.Response:
        """The multivariant playlist."""
        self._authorize(request, request.match_info["stream_id"])
        archive, _ = self._kept(request)
        return _playlist(request, multivariant_playlist(archive))

    async def playlist(self, request: web.Request) -> web.Response:
        """A media playlist."""
        self._authorize(request, request.match_info["stream_id"])
        archive, names = self._kept(request)
        rendition = request.match_info["rendition"]
        return _playlist(request, media_playlist(archive, rendition, names, is_over=archive.is_over))

    async def media(self, request: web.Request) -> web.Response:
        """A segment, or an initialization segment."""
        archive, names = self._kept(request)
        name = names.read(request.match_info["name"])
        body: bytes | None = None
        if name is not None and name.initialization is not None:
            body = await archive.read_initialization(name.rendition, name.initialization)
        elif name is not None and name.number is not None and name.part is None:
            body = await archive.read_segment(name.rendition, name.number)
        if body is None:
            raise ApiError(404, "NOT_FOUND", "There is no such file, or not any more.")
        return web.Response(body=body, content_type="video/mp4", headers={"Cache-Control": NAMED_MEDIA_CACHE})

    def _kept(self, request: web.Request) -> tuple[Archive, MediaNames]:
        stream_id = request.match_info["stream_id"]
        archive, hls = self._find(stream_id), self._find_hls(stream_id)
        if archive is None or hls is None:
            raise ApiError(404, "STREAM_NOT_LIVE", "The stream is not live here.", {"Retry-After": "1"})
        return archive, hls.names


def rewind_routes(find: FindArchive, find_hls: FindHls, authorize: Authorize) -> list[web.RouteDef]:
    """Routes under `/hls/{stream_id}/`; to be added before those of the live playlists."""
    routes = RewindRoutes(find, find_hls, authorize)
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
