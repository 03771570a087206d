"""Bodies of any size, piece by piece: never in memory as a whole, so the limit of other bodies is not theirs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from control_api.uploads.errors import MalformedUpload
from control_api.uploads.service import BodyBroken

IDLE_S = 30.0
"""A body that stands still for so long is taken for broken off."""
PACE_BYTES = 64 * 1024
"""So is one that brings less in PACE_S: it has one of few places, and could keep it for days."""
PACE_S = 60.0
PIECE_BYTES = 64 * 1024
FIELD = "file"
MAX_FIELDS_BEFORE = 8
MAX_FIELD_BYTES = 4_096
BROKEN = (ConnectionError, TimeoutError, web.RequestPayloadError)


class _Pace:
    """Whether a body comes fast enough, looked at every PACE_S."""

    def __init__(self) -> None:
        self._began_at = asyncio.get_running_loop().time()
        self._bytes = 0

    def count(self, size: int) -> None:
        """So many more have come. Raises BodyBroken."""
        self._bytes += size
        now = asyncio.get_running_loop().time()
        if now - self._began_at < PACE_S:
            return
        if self._bytes < PACE_BYTES:
            raise BodyBroken
        self._began_at, self._bytes = now, 0


async def pieces_of(request: web.Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises BodyBroken."""
    pace = _Pace()
    while piece := await _next(request):
        pace.count(len(piece))
        yield piece


async def _next(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(IDLE_S):
            return await request.content.readany()
    except BROKEN as error:
        raise BodyBroken from error


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form."""

    name: str
    _part: BodyPartReader

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises BodyBroken."""
        pace = _Pace()
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    piece = await self._part.read_chunk(PIECE_BYTES)
            except (*BROKEN, ValueError) as error:
                raise BodyBroken from error
            if not piece:
                return
            pace.count(len(piece))
            yield piece


async def file_of_form(request: web.Request) -> SentFile:
    """The field FIELD of a multipart/form-data body. Raises MalformedUpload."""
    if request.content_type != "multipart/form-data":
        raise MalformedUpload("Send the file as multipart/form-data.")
    try:
        async with asyncio.timeout(IDLE_S):
            reader = await request.multipart()
            for _ in range(MAX_FIELDS_BEFORE):
                part = await reader.next()
                if not isinstance(part, BodyPartReader):
                    break
                if part.name == FIELD and part.filename:
                    return SentFile(part.filename, part)
                if len(await part.read_chunk(MAX_FIELD_BYTES)) == MAX_FIELD_BYTES:
                    break
    except (*BROKEN, ValueError) as error:
        raise MalformedUpload("The form could not be read.") from error
    raise MalformedUpload(f"The form has no file named {FIELD}.")
