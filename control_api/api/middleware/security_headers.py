"""Headers that tell browsers to be careful, on every answer."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from control_api.api.client import CLIENT

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SERVER = "nrs-live"  # Instead of aiohttp's, which tells its version and Python's.
API_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'"
STRICT_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"

PrepareSignal = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def security_headers(*, path_prefix: str) -> PrepareSignal:
    """on_response_prepare: add what the handler has not set itself.

    Below `path_prefix` an answer may load nothing and is never kept by a cache.
    """

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        response.headers[hdrs.SERVER] = SERVER
        for name, value in EVERYWHERE.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(path_prefix):
            response.headers.setdefault("Content-Security-Policy", API_CONTENT_SECURITY_POLICY)
            response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        if CLIENT in request and request[CLIENT].is_secure:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)

    return prepare
