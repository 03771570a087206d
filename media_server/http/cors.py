"""Cross-origin access: pages live on the API's origin, media on the worker's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

EXPOSED = "Location, ETag, Link, Retry-After, Accept-Patch"
_ALLOWED_HEADERS = "Authorization, Content-Type, If-Match"
_ALLOWED_METHODS = "GET, POST, PATCH, DELETE, OPTIONS"
_PREFLIGHT_AGE_S = 86_400


def cors_signal(origins: tuple[str, ...]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """An on_response_prepare handler that answers allowed `origins`; `*` allows every page.

    No cookies are used here, only bearer tokens, so allowing any origin gives away nothing a token does not.
    """

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if "*" in origins:
            response.headers["Access-Control-Allow-Origin"] = "*"
        else:
            response.headers.add("Vary", "Origin")
            if origin is None or origin not in origins:
                return
            response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED

    return add_headers


def preflight_response(extra: dict[str, str], *, status: int = 204) -> web.Response:
    """The answer to OPTIONS: what a page may send, and what the resource accepts."""
    return web.Response(
        status=status,
        headers={
            "Access-Control-Allow-Methods": _ALLOWED_METHODS,
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(_PREFLIGHT_AGE_S),
            **extra,
        },
    )
