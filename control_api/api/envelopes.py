"""The three shapes of an answer: success, error, page (the specification's "Request/Response Format")."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from control_api.errors import ApiError, ErrorKind

JSON = "application/json"

STATUS_OF_KIND: dict[ErrorKind, HTTPStatus] = {
    ErrorKind.MALFORMED: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorKind.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.GONE: HTTPStatus.GONE,
    ErrorKind.PRECONDITION: HTTPStatus.PRECONDITION_FAILED,
    ErrorKind.LOCKED: HTTPStatus.LOCKED,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.RANGE: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ErrorKind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.NO_ROOM: HTTPStatus.INSUFFICIENT_STORAGE,
}

# PostgreSQL cannot store NUL, and no other control character belongs into what people read.
LINE = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")
TEXT = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")


class Body(BaseModel):
    """A request body: camelCase, no unknown fields, no conversion between types."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel, frozen=True)


class Parameters(BaseModel):
    """Path or query parameters: text converted to the types of the fields, no unknown names."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class View(BaseModel):
    """What an answer carries in `data`: camelCase outside, snake_case inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Nothing(View):
    """An answer that has nothing to say beyond its success."""


class PageQuery(Parameters):
    page: int = Field(default=1, ge=1, le=100_000)
    per_page: int = Field(default=20, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


class Pagination(View):
    total: int
    page: int
    per_page: int
    total_pages: int


Item = TypeVar("Item", bound=View)


class Page(View, Generic[Item]):
    items: list[Item]
    pagination: Pagination

    @classmethod
    def of(cls, items: Sequence[Item], *, total: int, query: PageQuery) -> "Page[Item]":
        """One page of `total` items as `query` asked for it."""
        total_pages = -(-total // query.per_page)
        pagination = Pagination(total=total, page=query.page, per_page=query.per_page, total_pages=total_pages)
        return cls(items=list(items), pagination=pagination)


def success(data: View, *, status: int = HTTPStatus.OK, message: str | None = None) -> web.Response:
    """`{"success": true, "data", "message"?}`."""
    envelope: dict[str, Any] = {"success": True, "data": data.model_dump(mode="json", by_alias=True)}
    if message is not None:
        envelope["message"] = message
    return web.Response(status=status, text=json.dumps(envelope), content_type=JSON)


def failure(error: ApiError) -> web.Response:
    """`{"success": false, "error": {"code", "message", "details"?}}` with the status of the error's kind."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = dict(error.details)
    response = web.Response(
        status=STATUS_OF_KIND[error.kind], text=json.dumps({"success": False, "error": body}), content_type=JSON
    )
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if error.kind is ErrorKind.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 §11.6.1
    return response
