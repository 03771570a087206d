"""Errors a client can understand, in the envelope the whole product uses."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from media_server.tokens import TokenError

_log = structlog.get_logger(__name__)

_STATUS_OF_TOKEN_ERROR = {"TOKEN_MISSING": 401, "TOKEN_INVALID": 401, "TOKEN_EXPIRED": 401, "FORBIDDEN": 403}


class ApiError(Exception):
    """A refusal with an HTTP status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def error_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """`{"success": false, "error": {"code", "message"}}`."""
    body = {"success": False, "error": {"code": code, "message": message}}
    return web.Response(
        status=status,
        text=json.dumps(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


@web.middleware
async def render_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure becomes an envelope; only our own bugs leave a traceback, in the log."""
    try:
        return await handler(request)
    except ApiError as error:
        return error_response(error.status, error.code, str(error), error.headers)
    except TokenError as error:
        challenge = {"WWW-Authenticate": "Bearer"} if error.code != "FORBIDDEN" else {}
        return error_response(_STATUS_OF_TOKEN_ERROR[error.code], error.code, str(error), challenge)
    except web.HTTPRequestEntityTooLarge:
        return error_response(413, "BODY_TOO_LARGE", "the request body is larger than this route takes")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {name: value for name, value in error.headers.items() if name in ("Allow", "Retry-After")}
        return error_response(error.status, error.reason.upper().replace(" ", "_"), error.reason, kept)
    except Exception as error:
        if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            # There is nobody to answer; aiohttp takes leave of the connection.
            raise
        _log.exception("request failed", method=request.method, path=request.path)
        return error_response(500, "INTERNAL_ERROR", "something went wrong on our side")
