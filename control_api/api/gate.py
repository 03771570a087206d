"""Admission of a request to a route: who is it, may they, and not too often."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import hdrs, web

from control_api.api.client import CLIENT
from control_api.api.middleware.address_limit import keep_tightest
from control_api.api.middleware.context import ACTOR
from control_api.api.router import RateClass, Route
from control_api.errors import InvalidAccessToken
from control_api.identity import Actor
from control_api.rate_limit import Limit, RateLimiter

MAX_TOKEN_CHARS = 4_096


class Authenticator(Protocol):
    async def authenticate(self, access_token: str) -> Actor:
        """The user an access token stands for. Raises InvalidAccessToken."""


class RouteGate:
    """Reads the bearer token, enforces the route's Access, and spends from the limits per user and per route class.

    A route class without an entry in `class_limits` has no limit of its own. Its limit counts by user where the user
    is known and by address otherwise.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        limiter: RateLimiter,
        *,
        user_limit: Limit,
        class_limits: Mapping[RateClass, Limit],
    ) -> None:
        self._authenticator = authenticator
        self._limiter = limiter
        self._user_limit = user_limit
        self._class_limits = class_limits

    async def admit(self, request: web.Request, route: Route) -> Actor | None:
        actor = await self._actor(request) if route.access.reads_token else None
        if actor is not None:
            request[ACTOR] = actor
            keep_tightest(request, await self._limiter.spend(self._user_limit, str(actor.user_id)))
        route.access.check(actor)
        if class_limit := self._class_limits.get(route.rate_class):
            key = str(actor.user_id) if actor else request[CLIENT].limit_key
            keep_tightest(request, await self._limiter.spend(class_limit, key))
        return actor

    async def _actor(self, request: web.Request) -> Actor | None:
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_CHARS:
            raise InvalidAccessToken
        return await self._authenticator.authenticate(token.strip())
