"""Typed routes: a handler's signature says what it reads and what it answers.

A handler takes the request and, by name, any of `actor`, `path`, `query` and `body`, annotated with pydantic models;
it returns a View or an Answer around one, or, where bytes are sent or a protocol has answers of its own, a response of
aiohttp. It may read such a body itself; `takes` and `gives` say what comes and goes. The same declaration makes the
OpenAPI document.
"""

import asyncio
import inspect
import typing
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web
from pydantic import ValidationError

from control_api.api.access import Access
from control_api.api.envelopes import JSON, Body, Parameters, View, success
from control_api.api.raw_body import RawBody
from control_api.errors import (
    ApiError,
    BadRequest,
    BodyTooLarge,
    InvalidJson,
    NotFound,
    RequestTimeout,
    UnsupportedMediaType,
    ValidationFailed,
)
from control_api.identity import Actor

BODY_TIMEOUT_S = 10.0
MAX_REPORTED_FIELDS = 20

ViewT = TypeVar("ViewT", bound=View)
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[object]])


class RateClass(StrEnum):
    """How dear a route is. GENERAL has only the limits that all requests share."""

    GENERAL = "general"
    AUTH = "auth"
    STREAM = "stream"
    UPLOAD = "upload"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set; a `max_age_s` of 0 takes it away."""

    name: str
    value: str
    path: str
    max_age_s: int
    is_secure: bool
    is_for_scripts: bool = False
    """Whether scripts of the page may read it: for what is no secret."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[ViewT]):
    """A View with what goes around it."""

    data: ViewT
    message: str | None = None
    cookies: Sequence[Cookie] = ()
    status: HTTPStatus | None = None
    """When it is not that of the route."""


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    tag: str
    summary: str
    description: str
    access: Access
    rate_class: RateClass
    status: HTTPStatus
    errors: tuple[type[ApiError], ...]
    takes_actor: bool
    path_model: type[Parameters] | None
    query_model: type[Parameters] | None
    body_model: type[Body] | None
    view: type[View] | None
    """None for a handler that makes its response itself."""
    takes: RawBody | None
    gives: str | None
    """The media type of a file that it answers with, in whole or in part."""


class Gate(Protocol):
    """Decides whether a request may go on."""

    async def admit(self, request: web.Request, route: Route) -> Actor | None:
        """Who makes the request, None for an anonymous one. Raises ApiError when it may not be made."""


class Routes:
    """The routes of one feature."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Route] = []

    def get(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("GET", path, access, **options)

    def post(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("POST", path, access, **options)

    def put(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("PUT", path, access, **options)

    def patch(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("PATCH", path, access, **options)

    def delete(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("DELETE", path, access, **options)

    def head(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("HEAD", path, access, **options)

    def options(self, path: str, *, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("OPTIONS", path, access, **options)

    def _declare(
        self,
        method: str,
        path: str,
        access: Access,
        *,
        rate_class: RateClass = RateClass.GENERAL,
        status: HTTPStatus = HTTPStatus.OK,
        errors: Iterable[type[ApiError]] = (),
        takes: RawBody | None = None,
        gives: str | None = None,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            hints = typing.get_type_hints(handler)
            names = set(inspect.signature(handler).parameters)
            if unknown := names - {"request", "actor", "path", "query", "body"}:
                raise TypeError(f"{handler.__name__} takes {sorted(unknown)}, which no request has")
            summary, _, description = inspect.cleandoc(handler.__doc__ or handler.__name__).partition("\n")
            self.all.append(
                Route(
                    method=method,
                    path=path,
                    handler=handler,
                    tag=self.tag,
                    summary=summary,
                    description=description.strip(),
                    access=access,
                    rate_class=rate_class,
                    status=status,
                    errors=tuple(errors),
                    takes_actor="actor" in names,
                    path_model=hints.get("path"),
                    query_model=hints.get("query"),
                    body_model=hints.get("body"),
                    view=_view_of(handler.__name__, hints["return"]),
                    takes=takes,
                    gives=gives,
                )
            )
            return handler

        return declare


@dataclass(frozen=True, slots=True)
class Mount:
    """Routes and the prefixes they answer under; the first is the one that is documented."""

    prefixes: tuple[str, ...]
    routes: Sequence[Route]


def install(app: web.Application, mounts: Iterable[Mount], gate: Gate) -> None:
    """Add every route to `app` under every prefix of its mount."""
    for mount in mounts:
        for route in mount.routes:
            handler = _bind(route, gate)
            for prefix in mount.prefixes:
                app.router.add_route(route.method, prefix + route.path, handler)


def _bind(route: Route, gate: Gate) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        actor = await gate.admit(request, route)
        arguments = await _read(request, route)
        if route.takes_actor:
            arguments["actor"] = actor
        answer = await route.handler(request, **arguments)
        if isinstance(answer, web.StreamResponse):
            return answer
        return _render(answer if isinstance(answer, Answer) else Answer(answer), route.status)

    return handle


async def _read(request: web.Request, route: Route) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    problems: list[dict[str, str]] = []
    if route.path_model is not None:
        try:
            arguments["path"] = route.path_model.model_validate(dict(request.match_info))
        except ValidationError:
            # An id that cannot be one names nothing.
            raise NotFound from None
    if route.query_model is not None:
        values = {name: request.query.getall(name) for name in request.query}
        single = {name: value[0] if len(value) == 1 else value for name, value in values.items()}
        try:
            arguments["query"] = route.query_model.model_validate(single)
        except ValidationError as error:
            problems += _problems("query", error)
    if route.body_model is not None:
        try:
            arguments["body"] = route.body_model.model_validate_json(await _read_body(request, route.body_model))
        except ValidationError as error:
            problems += _problems("body", error)
    if problems:
        raise ValidationFailed(details={"fields": problems[:MAX_REPORTED_FIELDS]})
    return arguments


async def _read_body(request: web.Request, model: type[Body]) -> bytes:
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            raw = await request.read()
    except TimeoutError:
        raise RequestTimeout from None
    except web.HTTPRequestEntityTooLarge:
        raise BodyTooLarge from None
    except (ConnectionError, web.RequestPayloadError):
        # Cut off or badly framed. A client that has gone does not read this; it is no error of ours either.
        raise BadRequest from None
    may_be_left_out = not any(field.is_required() for field in model.model_fields.values())
    if not raw and may_be_left_out:
        return b"{}"
    # A form or text/plain is what a foreign page can post without a preflight: only JSON is read.
    if request.content_type != JSON:
        raise UnsupportedMediaType
    return raw


def _problems(where: str, error: ValidationError) -> list[dict[str, str]]:
    problems = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        if problem["type"] == "json_invalid":
            raise InvalidJson
        field = ".".join(str(part) for part in problem["loc"])
        problems.append({"in": where, "field": field, "message": problem["msg"].removeprefix("Value error, ")})
    return problems


def _render(answer: Answer[Any], status: HTTPStatus) -> web.Response:
    response = success(answer.data, status=answer.status or status, message=answer.message)
    for cookie in answer.cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            path=cookie.path,
            max_age=cookie.max_age_s,
            secure=cookie.is_secure,
            httponly=not cookie.is_for_scripts,
            samesite="Strict",
        )
    return response


def _view_of(name: str, annotation: Any) -> type[View] | None:
    if isinstance(annotation, type) and issubclass(annotation, web.StreamResponse):
        return None
    if typing.get_origin(annotation) is Answer:
        (annotation,) = typing.get_args(annotation)
    if not (isinstance(annotation, type) and issubclass(annotation, View)):
        raise TypeError(f"{name} returns {annotation}, which is no View")
    return annotation
