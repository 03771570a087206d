"""Asks control_api whose stream key it is (ARCHITECTURE.md, "Encoders")."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import structlog
from pydantic import BaseModel, Field, SecretStr, ValidationError

from media_server.internal_api import InternalApi
from media_server.sessions.encoder import EncoderGrant, Protocol

CALL_S: Final = 4.0
_TRIES: Final = 3
_BETWEEN_S: Final = 0.5
_MAX_KEY_CHARS: Final = 128
_MAX_SENTENCE_CHARS: Final = 300
_UNREACHABLE: Final = "NRS Live cannot check stream keys at the moment. Try again in a minute."

_log = structlog.get_logger(__name__)


class IngestRefused(Exception):
    """The key opens nothing now. `code` is stable; the message is a sentence for whoever publishes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@asynccontextmanager
async def control_api(url: str, token: SecretStr, *, worker_id: str) -> AsyncIterator[ControlApi]:
    """control_api as a worker reaches it, while the context is open."""
    async with aiohttp.ClientSession() as http:
        yield ControlApi(InternalApi(http, url=url, token=token), worker_id=worker_id)


class _Grant(BaseModel):
    stream_id: str = Field(alias="streamId", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    user_id: str = Field(alias="userId", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    generation: int = Field(ge=1)
    take_over: bool = Field(alias="takeOver")


class _Error(BaseModel):
    code: str = Field(max_length=64)
    message: str


class ControlApi:
    """The client of `POST /internal/ingest`. Keys and the token are never logged, nor are answers."""

    def __init__(self, api: InternalApi, *, worker_id: str) -> None:
        self._api = api
        self._worker_id = worker_id

    async def admit(self, key: str, *, protocol: Protocol, address: str) -> EncoderGrant:
        """What `key` opens. Asks again when nobody answers. Raises IngestRefused."""
        if not key or len(key) > _MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
            raise IngestRefused("STREAM_KEY_INVALID", "This is no stream key of NRS Live.")
        body = {"key": key, "protocol": protocol, "worker_id": self._worker_id, "address": address}
        for left in reversed(range(_TRIES)):
            try:
                async with asyncio.timeout(CALL_S):
                    status, answer = await self._api.post("/internal/ingest", body)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                _log.warning("control_api did not answer", problem=type(error).__name__, tries_left=left)
            else:
                if status == 200:
                    return _granted(answer, protocol)
                if status < 500 or not left:
                    raise _refused(status, answer)
            if left:
                await asyncio.sleep(_BETWEEN_S)
        raise IngestRefused("SERVICE_UNAVAILABLE", _UNREACHABLE)


def _granted(answer: object, protocol: Protocol) -> EncoderGrant:
    try:
        grant = _Grant.model_validate(answer)
    except ValidationError:
        _log.error("control_api answered something else than a grant")
        raise IngestRefused("SERVICE_UNAVAILABLE", _UNREACHABLE) from None
    return EncoderGrant(grant.stream_id, grant.user_id, grant.generation, protocol, grant.take_over)


def _refused(status: int, answer: object) -> IngestRefused:
    try:
        error = _Error.model_validate(answer["error"] if isinstance(answer, dict) else None)
    except (ValidationError, KeyError):
        _log.warning("control_api refused without an envelope", status=status)
        return IngestRefused("SERVICE_UNAVAILABLE", _UNREACHABLE)
    sentence = "".join(char for char in error.message if char.isprintable())[:_MAX_SENTENCE_CHARS]
    return IngestRefused(error.code, sentence)
