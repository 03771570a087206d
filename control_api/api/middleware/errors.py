"""One place that turns whatever was raised into the error envelope."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from control_api.api.envelopes import failure
from control_api.errors import (
    ApiError,
    BadRequest,
    BodyTooLarge,
    InternalError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
    UnsupportedMediaType,
)

log = structlog.get_logger("control_api.errors")

API_ERROR_OF_STATUS: dict[int, type[ApiError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
}


@web.middleware
async def error_envelopes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors with the envelope; what nobody foresaw is logged with its traceback and says nothing of it."""
    try:
        return await handler(request)
    except ApiError as error:
        if isinstance(error, ServiceUnavailable):
            log.warning("service_unavailable", part=error.part, cause=repr(error.__cause__))
        return failure(error)
    except web.HTTPException as answer:
        if answer.status < web.HTTPBadRequest.status_code:
            raise
        return _enveloped(answer)
    except Exception as error:
        if isinstance(error, ConnectionError) and _is_gone(request):
            # There is nobody to answer; aiohttp takes leave of the connection.
            raise
        log.exception("unhandled_error", path=request.path, error=type(error).__name__)
        return failure(InternalError())


def _is_gone(request: web.Request) -> bool:
    """Whether the client has closed the connection that the answer would go to."""
    return request.transport is None or request.transport.is_closing()


def _enveloped(answer: web.HTTPException) -> web.Response:
    if answer.status >= web.HTTPInternalServerError.status_code:
        return failure(InternalError())
    response = failure(API_ERROR_OF_STATUS.get(answer.status, BadRequest)())
    if "Allow" in answer.headers:
        response.headers["Allow"] = answer.headers["Allow"]
    return response
