"""Serves the built web app: hashed files for ever, the page never from a cache, and every route of the app the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from control_api.api.client import CLIENT, host_name

HASHED_DIR: Final = "assets"
FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_A_WHILE: Final = "public, max-age=3600"
ASK_AGAIN: Final = "no-cache"
PERMISSIONS_POLICY: Final = (
    "camera=(self), microphone=(self), autoplay=(self), fullscreen=(self), picture-in-picture=(self), geolocation=()"
)


class WebApp:
    """The files of `dist`. They are looked up at each request, so that a new build is served without a restart."""

    def __init__(self, dist: Path, media_origins: Sequence[str] = ()) -> None:
        self._dist = dist.resolve()
        self._media_origins = tuple(media_origins)

    def install(self, app: web.Application) -> None:
        """Add the catch-all route; call it after all others are in."""
        app.router.add_get("/{path:.*}", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        # The API's paths have an owner, who answers what is unknown there.
        if path == "api" or path.startswith(("api/", "socket.io/")):
            raise web.HTTPNotFound
        file = self._file(path)
        if file is not None and file.name != "index.html":
            is_hashed = path.startswith(f"{HASHED_DIR}/")
            headers = {hdrs.CACHE_CONTROL: FOR_EVER if is_hashed else FOR_A_WHILE}
            return web.FileResponse(file, headers=headers)
        if file is None and Path(path).suffix:
            # A missing file is not a page: answering one in its place would be run as a script.
            raise web.HTTPNotFound
        return self._page(request)

    def _file(self, path: str) -> Path | None:
        try:
            file = (self._dist / path).resolve()
            return file if file.is_relative_to(self._dist) and file.is_file() else None
        except (OSError, ValueError):  # too long a name, or NUL in it
            return None

    def _page(self, request: web.Request) -> web.StreamResponse:
        # The same name as in the addresses of media workers, which the API makes from the request.
        host = request[CLIENT].host_name if CLIENT in request else host_name(request.headers.get(hdrs.HOST, ""))
        return web.FileResponse(
            self._dist / "index.html",
            headers={
                hdrs.CACHE_CONTROL: ASK_AGAIN,
                "Content-Security-Policy": self.content_security_policy(host),
                "Permissions-Policy": PERMISSIONS_POLICY,
            },
        )

    def content_security_policy(self, host: str) -> str:
        """The page's policy. Media workers are other ports of `host`, or have addresses of their own."""
        same_host = f"http://{host}:* https://{host}:*"
        media = " ".join((same_host, *self._media_origins))
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "font-src 'self'",
                f"img-src 'self' data: blob: {media}",
                f"media-src 'self' blob: {media}",
                f"connect-src 'self' ws://{host}:* wss://{host}:* {media}",
                "worker-src 'self' blob:",  # hls.js makes its worker from a blob
                "manifest-src 'self'",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )
