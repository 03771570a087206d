"""The OpenAPI 3.1 document of the typed routes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from control_api.api.envelopes import JSON, STATUS_OF_KIND, Body, Parameters, View
from control_api.api.files import RangeNotSatisfiable
from control_api.api.router import Mount, Route
from control_api.errors import (
    ApiError,
    BadRequest,
    BodyTooLarge,
    Forbidden,
    InternalError,
    InvalidAccessToken,
    InvalidJson,
    NotFound,
    RateLimited,
    RequestTimeout,
    ServiceUnavailable,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)

REF = "#/components/schemas/{model}"
BEARER = "bearer"
ALWAYS: tuple[type[ApiError], ...] = (RateLimited, InternalError, ServiceUnavailable)
WITH_BODY: tuple[type[ApiError], ...] = (
    BadRequest,
    InvalidJson,
    RequestTimeout,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
WITH_RAW_BODY: tuple[type[ApiError], ...] = (BadRequest, RequestTimeout, BodyTooLarge, UnsupportedMediaType)
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "Stable; made for programs."},
                "message": {"type": "string", "description": "A sentence; made for people."},
                "details": {"type": "object"},
            },
        },
    },
}


def openapi_document(mounts: Sequence[Mount], *, version: str) -> dict[str, Any]:
    """The document for every route, under the first prefix of its mount."""
    routes = [route for mount in mounts for route in mount.routes]
    references, definitions = _schemas(routes)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for mount in mounts:
        for route in mount.routes:
            paths[mount.prefixes[0] + route.path][route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NRS Live",
            "version": version,
            "description": "Answers but files are envelopes: `success` with `data`, or `success: false` with `error`.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": dict(paths),
        "components": {
            "schemas": {**definitions, "Error": ERROR_SCHEMA},
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def errors_of(route: Route) -> list[type[ApiError]]:
    """Every error the route may answer with, those of the layers around it included."""
    errors: list[type[ApiError]] = [*route.errors, *ALWAYS]
    if route.access.reads_token:
        errors.append(InvalidAccessToken)
    if route.access.required:
        errors.append(Unauthenticated)
    if route.access.roles:
        errors.append(Forbidden)
    if route.body_model is not None:
        errors += WITH_BODY
    if route.takes is not None:
        errors += WITH_RAW_BODY
    if route.gives is not None:
        errors.append(RangeNotSatisfiable)
    if route.query_model is not None:
        errors.append(ValidationFailed)
    if route.path_model is not None:
        errors.append(NotFound)
    return sorted(set(errors), key=lambda error: (STATUS_OF_KIND[error.kind], error.code))


def _schemas(routes: Iterable[Route]) -> tuple[dict[tuple[type[Any], JsonSchemaMode], Any], dict[str, Any]]:
    wanted: dict[tuple[type[Any], JsonSchemaMode], None] = {}
    for route in routes:
        if route.view is not None:
            wanted[route.view, "serialization"] = None
        if route.body_model is not None:
            wanted[route.body_model, "validation"] = None
        if route.query_model is not None:
            wanted[route.query_model, "validation"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=REF)
    return references, definitions.get("$defs", {})


def _operation(route: Route, references: dict[tuple[type[Any], JsonSchemaMode], Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": [route.tag],
        "security": _security(route),
        "responses": {
            **_answers(route, references),
            **_failures(errors_of(route)),
        },
    }
    if route.description:
        operation["description"] = route.description
    if parameters := [*_parameters("path", route.path_model), *_parameters("query", route.query_model)]:
        operation["parameters"] = parameters
    if route.body_model is not None:
        operation["requestBody"] = {
            "required": _has_required_fields(route.body_model),
            "content": {JSON: {"schema": references[route.body_model, "validation"]}},
        }
    if route.takes is not None:
        content = {content_type: {"schema": BINARY} for content_type in route.takes.content_types}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _answers(route: Route, references: dict[tuple[type[Any], JsonSchemaMode], Any]) -> dict[str, Any]:
    if route.gives is None:
        return {str(int(route.status)): _success(references[route.view, "serialization"] if route.view else None)}
    content = {route.gives: {"schema": BINARY}}
    return {
        "200": {"description": "The file", "content": content},
        "206": {"description": "The part that the Range header asks for", "content": content},
        "304": {"description": "The file is the one whose tag If-None-Match gives"},
    }


def _security(route: Route) -> list[dict[str, list[str]]]:
    if not route.access.reads_token:
        return []
    return [{BEARER: []}] if route.access.required else [{}, {BEARER: []}]


def _success(schema: dict[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "Success"}
    envelope = {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": schema, "message": {"type": "string"}},
    }
    return {"description": "Success", "content": {JSON: {"schema": envelope}}}


def _failures(errors: Iterable[type[ApiError]]) -> dict[str, Any]:
    by_status: dict[int, list[type[ApiError]]] = defaultdict(list)
    for error in errors:
        by_status[STATUS_OF_KIND[error.kind]].append(error)
    responses: dict[str, Any] = {}
    for status, kinds in by_status.items():
        lines = [f"`{error.code}`: {error.message}" for error in kinds]
        response: dict[str, Any] = {
            "description": "\n\n".join(lines),
            "content": {JSON: {"schema": {"$ref": REF.format(model="Error")}}},
        }
        if status in {429, 503}:
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
        responses[str(status)] = response
    return responses


def _parameters(where: Literal["path", "query"], model: type[Parameters] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=REF)
    required = set(schema.get("required", []))
    return [
        {"name": name, "in": where, "required": where == "path" or name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _has_required_fields(model: type[Body | View]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())
