"""Claims about the OpenAPI document and the page that shows it."""

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from control_api.api.openapi import BINARY, errors_of
from control_api.app import all_mounts
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api

FILES = {"index.html": "<!doctype html>", "init.js": "start()", "swagger-ui.css": "a{}", "swagger-ui-bundle.js": "b()"}


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    reply = await api.get("/api/docs/openapi.json")
    assert reply.status == 200
    document: dict[str, Any] = reply.body
    return document


async def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


async def test_every_route_is_in_it_with_its_access_and_its_errors(document: dict[str, Any]) -> None:
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    for mount in all_mounts("v1"):
        for route in mount.routes:
            path = mount.prefixes[0] + route.path
            described.remove((path, route.method))
            operation = document["paths"][path][route.method.lower()]
            requirements = {tuple(requirement) for requirement in operation["security"]}
            assert (("bearer",) in requirements) == route.access.reads_token
            assert (() in requirements or not requirements) == (not route.access.required)
            text = str(operation["responses"])
            assert all(f"`{error.code}`" in text for error in errors_of(route))
            assert ("requestBody" in operation) == (route.body_model is not None or route.takes is not None)
    assert described == set()


async def test_answers_are_described_in_their_envelopes(document: dict[str, Any]) -> None:
    login = document["paths"]["/api/v1/auth/login"]["post"]["responses"]
    schema = login["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["success"] == {"const": True}
    assert schema["properties"]["data"] == {"$ref": "#/components/schemas/LoginView"}
    assert login["401"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert "accessToken" in document["components"]["schemas"]["LoginView"]["properties"]
    assert "Retry-After" in login["429"]["headers"]


async def test_files_are_described_by_their_types(document: dict[str, Any]) -> None:
    cover = document["paths"]["/api/v1/dj/track/{id}/cover"]
    assert set(cover["put"]["requestBody"]["content"]) == {"image/jpeg", "image/png", "image/webp"}
    assert {"200", "206", "304", "416"} <= set(cover["get"]["responses"])
    assert cover["get"]["responses"]["206"]["content"] == {"image/jpeg": {"schema": BINARY}}


async def test_the_documents_page_runs_only_scripts_of_its_own_server(start_api: StartApi, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "secret.txt").write_text("not for you")
    api = await start_api(swagger_dir=tmp_path)
    page = await api.get("/api/docs")
    assert (page.status, page.body) == (200, FILES["index.html"].encode())
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    for name in set(FILES) - {"index.html"}:
        asset = await api.get(f"/swagger/{name}")
        assert (asset.status, asset.body) == (200, FILES[name].encode())
    for hidden in ("secret.txt", "..%2Fsecret.txt", "%2e%2e%2fpyproject.toml"):
        assert (await api.get(f"/swagger/{hidden}")).status == 404


async def test_without_the_web_build_the_page_says_what_is_missing(start_api: StartApi, tmp_path: Path) -> None:
    api = await start_api(swagger_dir=tmp_path)
    reply = await api.get("/api/docs")
    assert (reply.status, reply.code) == (404, "DOCS_NOT_BUILT")
