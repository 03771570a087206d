"""Finds out where a stream is, and pulls it from there: control_api knows, and signs the token for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from media_server.internal_api import InternalApi
from media_server.relay.answer import MAX_ANSWER_BYTES, PullAnswer
from media_server.relay.offer import PullOffer, RelayError
from media_server.relay.plain_http import PlainHttp
from media_server.transport.sockets import IpVersion, version_of

CALL_S: Final = 2.0
_MAX_SENTENCE_CHARS: Final = 300


class NotPulled(Exception):
    """The stream cannot be had from anywhere now. `has_ended`: nor will it be."""

    def __init__(self, message: str, *, has_ended: bool = False) -> None:
        super().__init__(message)
        self.has_ended = has_ended


class _Origin(BaseModel):
    url: str = Field(max_length=500, pattern=r"^https?://")
    token: str = Field(max_length=2_048, repr=False)


class _Error(BaseModel):
    code: str = Field(max_length=64)
    message: str


class _Refusal(BaseModel):
    error: _Error


@dataclass(frozen=True, slots=True)
class OpenPull:
    """What the origin answered, and where the session can be ended with which token."""

    offer: PullOffer
    answer: PullAnswer
    location: str
    token: str


class Origins:
    """Two calls a pull, one to control_api and one to the origin, however many viewers it is for."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        api: InternalApi,
        *,
        worker_id: str,
        ip_versions: tuple[IpVersion, ...],
        plain_http: PlainHttp,
    ) -> None:
        """`ip_versions`: the families of IP that this worker can be sent a stream by."""
        self._http = http
        self._api = api
        self._worker_id = worker_id
        self._ip_versions = ip_versions
        self._plain_http = plain_http

    async def open(self, stream_id: str) -> OpenPull:
        """Open a pull of the stream where it is. Raises NotPulled."""
        try:
            async with asyncio.timeout(CALL_S):
                origin = await self._find(stream_id)
                await self._plain_http.check(origin.url)
                return await self._post(stream_id, origin, PullOffer.generate(self._ip_versions))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # RelayError, and whatever else is no answer, is a ValueError.
            raise NotPulled(f"{type(error).__name__}: {str(error)[:_MAX_SENTENCE_CHARS]}") from None

    async def end(self, pull: OpenPull) -> None:
        """DELETE the session; an origin that is not there any more has no session either."""
        headers = {"Authorization": f"Bearer {pull.token}"}
        try:
            async with asyncio.timeout(CALL_S), self._http.delete(pull.location, headers=headers):
                return
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return

    async def _find(self, stream_id: str) -> _Origin:
        status, told = await self._api.post("/internal/relay", {"stream_id": stream_id, "worker_id": self._worker_id})
        if status != 200:
            raise _refused(status, told)
        try:
            return _Origin.model_validate(told)
        except ValidationError:
            raise RelayError("control_api names no origin") from None

    async def _post(self, stream_id: str, origin: _Origin, offer: PullOffer) -> OpenPull:
        url = f"{origin.url.rstrip('/')}/relay/{stream_id}"
        headers = {"Authorization": f"Bearer {origin.token}", "Content-Type": "application/json"}
        async with self._http.post(url, data=offer.serialize(), headers=headers, allow_redirects=False) as response:
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise RelayError("the origin's answer is too long")
            if response.status != 201:
                raise _refused_by_origin(response.status, bytes(body))
            location = urljoin(url, response.headers.get("Location", ""))
            answer = PullAnswer.parse(bytes(body))
            if version_of(answer.address[0]) not in offer.ip_versions:
                raise RelayError("the origin answers with an address of another family than it was offered")
            return OpenPull(offer, answer, location, origin.token)


def _refused_by_origin(status: int, body: bytes) -> NotPulled:
    try:
        code = _Refusal.model_validate_json(body).error.code
    except ValidationError:
        code = "without saying why"
    return NotPulled(f"the origin answered {status}: {code}")


def _refused(status: int, told: object) -> NotPulled:
    try:
        error = _Refusal.model_validate(told).error
    except ValidationError:
        return NotPulled(f"control_api answered {status}")
    return NotPulled(error.code, has_ended=error.code == "STREAM_ENDED")
