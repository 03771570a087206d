"""The limit that every address shares over all of the API, unknown routes included."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from control_api.api.client import CLIENT
from control_api.rate_limit import Allowance, Limit, RateLimiter

ALLOWANCE = web.RequestKey("allowance", Allowance)


def address_limit(limiter: RateLimiter, limit: Limit, *, path_prefix: str) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(path_prefix):
            keep_tightest(request, await limiter.spend(limit, request[CLIENT].limit_key))
        return await handler(request)

    return middleware


def keep_tightest(request: web.Request, allowance: Allowance) -> None:
    """Remember the allowance with the least left: it is the one the answer's headers speak of."""
    known = request.get(ALLOWANCE)
    if known is None or allowance.remaining < known.remaining:
        request[ALLOWANCE] = allowance


async def allowance_headers(request: web.Request, response: web.StreamResponse) -> None:
    """on_response_prepare: say what is left."""
    allowance = request.get(ALLOWANCE)
    if allowance is not None:
        for name, value in allowance.headers().items():
            response.headers.setdefault(name, value)
