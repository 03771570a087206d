"""The OpenAPI document and a Swagger UI to read it with, both from this server alone."""

from pathlib import Path

from aiohttp import web

from control_api.errors import NotFound

PAGE = "index.html"
# What the web build puts beside the page (web/swagger); nothing else of the folder is served.
ASSETS = {
    "swagger-ui.css": "text/css",
    "theme.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "init.js": "text/javascript",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REVALIDATE = "no-cache"


class SwaggerNotBuilt(NotFound):
    code = "DOCS_NOT_BUILT"
    message = "The Swagger UI is part of the web build, which has not been made. See /api/docs/openapi.json."


class Docs:
    """Serves `document` (JSON) at /api/docs/openapi.json, the page at /api/docs and what it loads below /swagger.

    Without the files in `swagger_dir` the page answers 404 DOCS_NOT_BUILT; the document is served all the same.
    """

    def __init__(self, document: str, swagger_dir: Path) -> None:
        self._document = document
        self._swagger_dir = swagger_dir

    def install(self, app: web.Application) -> None:
        app.router.add_get("/api/docs/openapi.json", self._openapi)
        app.router.add_get("/api/docs", self._page)
        app.router.add_get("/swagger/{asset}", self._asset)

    async def _openapi(self, request: web.Request) -> web.Response:
        return web.Response(text=self._document, content_type="application/json")

    async def _page(self, request: web.Request) -> web.FileResponse:
        path = self._swagger_dir / PAGE
        if not path.is_file():
            raise SwaggerNotBuilt
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": REVALIDATE}
        return web.FileResponse(path, headers=headers)

    async def _asset(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["asset"]
        if name not in ASSETS or not (self._swagger_dir / name).is_file():
            raise NotFound
        headers = {"Content-Type": ASSETS[name], "Cache-Control": REVALIDATE}
        return web.FileResponse(self._swagger_dir / name, headers=headers)
