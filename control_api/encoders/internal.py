"""POST /internal/ingest: a media worker asks whose stream key it was shown.

It is no route of the public API, and no proxy is to pass it on. Who does not have INTERNAL_TOKEN is answered as if
nothing were there.
"""

import hmac
from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from control_api.api.envelopes import JSON
from control_api.api.raw_body import RawBody
from control_api.encoders.models import IngestRequest
from control_api.encoders.service import EncoderService
from control_api.errors import BadRequest, MethodNotAllowed, NotFound
from control_api.streams.models import Ingest

PREFIX = "/internal"
PATH = f"{PREFIX}/ingest"
BODY = RawBody((JSON,), max_bytes=4_096, timeout_s=5.0)


class _Body(BaseModel):
    # A worker of a newer version may say more than we know of.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    key: Annotated[str, StringConstraints(max_length=256)]
    protocol: Literal[Ingest.RTMP, Ingest.RTMPS, Ingest.SRT]
    worker_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]
    address: Annotated[str, StringConstraints(max_length=64)] = Field(description="Of the encoder.")


class InternalIngest:
    def __init__(self, encoders: EncoderService, token: str) -> None:
        self._encoders = encoders
        self._expected = f"Bearer {token}".encode()

    def install(self, app: web.Application) -> None:
        """Add the route, and answer for everything beside it."""
        app.router.add_route("*", f"{PREFIX}/{{path:.*}}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get(hdrs.AUTHORIZATION, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._expected) or request.path != PATH:
            raise NotFound
        if request.method != hdrs.METH_POST:
            raise MethodNotAllowed
        try:
            body = _Body.model_validate_json(await BODY.read(request))
        except ValidationError:
            raise BadRequest from None
        grant = await self._encoders.admit(IngestRequest(body.key, body.protocol, body.worker_id, body.address))
        return web.json_response(
            {
                "streamId": str(grant.stream_id),
                "userId": str(grant.user_id),
                "generation": grant.generation,
                "takeOver": grant.take_over,
            },
            headers={hdrs.CACHE_CONTROL: "no-store"},
        )
