"""Pictures of live streams for listings, for anybody: `/preview/{stream_id}.jpg` and `.webp`, which moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

from media_server.egress.thumbnails.thumbnails import Preview
from media_server.http.errors import ApiError

_TYPES: Final = {"jpg": "image/jpeg", "webp": "image/webp"}
_KEPT_FOR_S: Final = 5

FindPreview = Callable[[str, str], Preview | None]
"""(stream id, "jpg" or "webp") → the newest picture of a stream that is live."""


def preview_routes(find: FindPreview) -> list[web.RouteDef]:
    """The one route."""

    async def preview(request: web.Request) -> web.Response:
        suffix = request.match_info["suffix"]
        found = find(request.match_info["stream_id"], suffix)
        if found is None:
            raise ApiError(404, "NO_PREVIEW", "there is no picture of this stream now")
        headers = {
            "ETag": f'"{found.etag}"',
            "Cache-Control": f"public, max-age={_KEPT_FOR_S}",
            # Pages of any origin show what anybody may see.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if any(known.value == found.etag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=found.body, content_type=_TYPES[suffix], headers=headers)

    return [web.get(r"/preview/{stream_id:[A-Za-z0-9_-]{1,64}}.{suffix:jpg|webp}", preview)]
