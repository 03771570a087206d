"""What media workers ask, under /internal.

These are no routes of the public API, and no proxy is to pass them on. Who does not have INTERNAL_TOKEN is answered as
if nothing were there.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import hdrs, web
from pydantic import ValidationError

from control_api.api.envelopes import JSON
from control_api.api.raw_body import RawBody
from control_api.errors import BadRequest, MethodNotAllowed, NotFound

PREFIX = "/internal"
BODY = RawBody((JSON,), max_bytes=4_096, timeout_s=5.0)

Answer = Callable[[bytes], Awaitable[Mapping[str, Any]]]
"""Given the body. Raises pydantic's ValidationError for one that makes no sense, and ApiError."""


class InternalRoutes:
    def __init__(self, token: str, answers: Mapping[str, Answer]) -> None:
        """`answers` by the path below /internal."""
        self._expected = f"Bearer {token}".encode()
        self._answers = {f"{PREFIX}/{path}": answer for path, answer in answers.items()}

    def install(self, app: web.Application) -> None:
        """Add the routes, and answer for everything beside them."""
        app.router.add_route("*", f"{PREFIX}/{{path:.*}}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get(hdrs.AUTHORIZATION, "").encode("utf-8", "surrogateescape")
        answer = self._answers.get(request.path)
        if not hmac.compare_digest(given, self._expected) or answer is None:
            raise NotFound
        if request.method != hdrs.METH_POST:
            raise MethodNotAllowed
        try:
            told = await answer(await BODY.read(request))
        except ValidationError:
            raise BadRequest from None
        return web.json_response(told, headers={hdrs.CACHE_CONTROL: "no-store"})
