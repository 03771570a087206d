"""The OpenAPI document and a Swagger UI to read it with, both from this server alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from control_api.errors import NotFound

# The files of npm's swagger-ui-dist that the page needs; nothing else of the folder is served.
ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>NRS Live API</title>
  <link rel="icon" href="/api/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/api/docs/swagger-ui-bundle.js"></script>
  <script src="/api/docs/start.js"></script>
</body>
</html>
"""
# A file of its own because the content security policy refuses inline scripts.
START = """SwaggerUIBundle({url: "/api/docs/openapi.json", dom_id: "#swagger-ui", deepLinking: true});
"""


class SwaggerNotBuilt(NotFound):
    code = "DOCS_NOT_BUILT"
    message = "The Swagger UI is part of the web build, which has not been made. See /api/docs/openapi.json."


class Docs:
    """Serves `document` at /api/docs/openapi.json and the page at /api/docs.

    `swagger_dir` is where the web build puts the files of swagger-ui-dist; without them the page answers 404
    DOCS_NOT_BUILT and the document is served all the same.
    """

    def __init__(self, document: Mapping[str, Any], swagger_dir: Path) -> None:
        self._document = json.dumps(document)
        self._swagger_dir = swagger_dir

    def install(self, app: web.Application) -> None:
        app.router.add_get("/api/docs/openapi.json", self._openapi)
        app.router.add_get("/api/docs", self._page)
        app.router.add_get("/api/docs/start.js", self._start)
        app.router.add_get("/api/docs/{asset}", self._asset)

    async def _openapi(self, request: web.Request) -> web.Response:
        return web.Response(text=self._document, content_type="application/json")

    async def _page(self, request: web.Request) -> web.Response:
        if not (self._swagger_dir / "swagger-ui-bundle.js").is_file():
            raise SwaggerNotBuilt
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(text=PAGE, content_type="text/html", headers=headers)

    async def _start(self, request: web.Request) -> web.Response:
        return web.Response(text=START, content_type="text/javascript")

    async def _asset(self, request: web.Request) -> web.FileResponse:
        content_type = ASSETS.get(request.match_info["asset"])
        path = self._swagger_dir / request.match_info["asset"]
        if content_type is None or not path.is_file():
            raise NotFound
        headers = {"Content-Type": content_type, "Cache-Control": "public, max-age=3600"}
        return web.FileResponse(path, headers=headers)
