"""The request id, where the request comes from, and the access log."""

import re
import time
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from control_api.api.client import CLIENT, ClientResolver
from control_api.identity import Actor

REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID_FORM = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
CLIENT_CLOSED = 499
FIRST_FAULT_OF_OURS = 500

REQUEST_ID = web.RequestKey("request_id", str)
ACTOR = web.RequestKey("actor", Actor)

log = structlog.get_logger("control_api.access")


def request_context(clients: ClientResolver, *, log_all: bool) -> Middleware:
    """Give each request an id and a client, bind the id to its logs, and log one line about it.

    Without `log_all` only our own failures are said, and the rest is for debugging: on a developer's terminal it would
    push away what matters. The path is logged without its query, which may carry a token.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        offered = request.headers.get(REQUEST_ID_HEADER, "")
        request[REQUEST_ID] = offered if REQUEST_ID_FORM.match(offered) else uuid4().hex
        request[CLIENT] = clients.resolve(request)
        started = time.perf_counter()
        status = CLIENT_CLOSED
        with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
            try:
                response = await handler(request)
            except web.HTTPException as redirect:
                status = redirect.status
                raise
            else:
                status = response.status
                return response
            finally:
                actor = request.get(ACTOR)
                say = log.info if log_all or status >= FIRST_FAULT_OF_OURS else log.debug
                say(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=status,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                    address=str(request[CLIENT].address),
                    user_id=str(actor.user_id) if actor else None,
                )

    return middleware


async def echo_request_id(request: web.Request, response: web.StreamResponse) -> None:
    """on_response_prepare: every answer, a file and a web socket too, names the request."""
    if REQUEST_ID in request:
        response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
