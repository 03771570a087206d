"""The limit that every address shares over all of the API, unknown routes included; players have one of their own."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from control_api.api.client import CLIENT
from control_api.rate_limit import Allowance, Limit, RateLimiter

ALLOWANCE = web.RequestKey("allowance", Allowance)


def address_limit(
    limiter: RateLimiter, limit: Limit, *, path_prefix: str, of_players: Limit, players_paths: re.Pattern[str]
) -> Middleware:
    """`of_players` is for paths that `players_paths` matches: a player asks for more than a person does, and several
    may be behind one address."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(path_prefix):
            which = of_players if players_paths.search(request.path) else limit
            keep_tightest(request, await limiter.spend(which, request[CLIENT].limit_key))
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
