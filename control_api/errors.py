"""Errors that a client is told about: a stable code, a kind, a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What went wrong in general; HTTP and Socket.IO each map a kind to their own form."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    TIMEOUT = "timeout"
    CONFLICT = "conflict"
    GONE = "gone"
    PRECONDITION = "precondition"
    LOCKED = "locked"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    RANGE = "range"
    LIMITED = "limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    NO_ROOM = "no_room"


class ApiError(Exception):
    """Base of what services and the HTTP layer raise for a client to read.

    Subclasses fix `code` and `kind` and may fix `message`. `details` must hold JSON values and no secrets.
    `retry_after_s` is set where trying again later makes sense.
    """

    code: ClassVar[str]
    kind: ClassVar[ErrorKind]
    message: str = ""

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.details = details
        self.retry_after_s = retry_after_s
        super().__init__(self.message)


class ValidationFailed(ApiError):
    code = "VALIDATION_ERROR"
    kind = ErrorKind.INVALID
    message = "Some fields are missing or wrong."


class FieldError(ApiError):
    """Base of errors that one field of the body is to blame for; details name it as ValidationFailed does."""

    field: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        text = message or type(self).message
        super().__init__(text, details={"fields": [{"in": "body", "field": self.field, "message": text}]})


class InvalidJson(ApiError):
    code = "INVALID_JSON"
    kind = ErrorKind.MALFORMED
    message = "The body is not valid JSON in UTF-8."


class BadRequest(ApiError):
    code = "BAD_REQUEST"
    kind = ErrorKind.MALFORMED
    message = "The request could not be understood."


class UnsupportedMediaType(ApiError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    kind = ErrorKind.MEDIA_TYPE
    message = "Send the body as application/json."


class BodyTooLarge(ApiError):
    code = "BODY_TOO_LARGE"
    kind = ErrorKind.TOO_LARGE
    message = "The body is too large."


class RequestTimeout(ApiError):
    code = "REQUEST_TIMEOUT"
    kind = ErrorKind.TIMEOUT
    message = "The body did not arrive in time."


class NotFound(ApiError):
    code = "NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is nothing at this address."


class MethodNotAllowed(ApiError):
    code = "METHOD_NOT_ALLOWED"
    kind = ErrorKind.METHOD
    message = "This address does not answer that method."


class Unauthenticated(ApiError):
    code = "UNAUTHENTICATED"
    kind = ErrorKind.UNAUTHENTICATED
    message = "Sign in first."


class InvalidAccessToken(ApiError):
    code = "INVALID_TOKEN"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The access token is not valid, has expired or was signed out."


class Forbidden(ApiError):
    code = "FORBIDDEN"
    kind = ErrorKind.FORBIDDEN
    message = "Your account may not do this."


class OriginNotAllowed(ApiError):
    code = "ORIGIN_NOT_ALLOWED"
    kind = ErrorKind.FORBIDDEN
    message = "Pages of this origin may not call the API."


class RateLimited(ApiError):
    code = "RATE_LIMITED"
    kind = ErrorKind.LIMITED
    message = "Too many requests; try again later."


class InternalError(ApiError):
    code = "INTERNAL_ERROR"
    kind = ErrorKind.INTERNAL
    message = "Something went wrong on our side."


class ServiceUnavailable(ApiError):
    """PostgreSQL or Valkey cannot be reached, or is too slow, right now."""

    code = "SERVICE_UNAVAILABLE"
    kind = ErrorKind.UNAVAILABLE
    message = "The service is not available right now; try again shortly."

    def __init__(self, part: str, *, retry_after_s: int = 2) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.part = part
