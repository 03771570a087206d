"""Answers that are files: whole, in part, or unchanged since the client last asked."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from control_api.api.envelopes import failure
from control_api.api.ranges import Part, Unsatisfiable, requested_part
from control_api.errors import ApiError, ErrorKind, ServiceUnavailable

PIECE_TIMEOUT_S = 60.0
"""A client that does not take a piece within this time is cut off; what it has it can go on from with a range."""

Pieces = Callable[[int, int], AsyncIterator[bytes]]
"""Gives the bytes from a start on, of a length."""

log = structlog.get_logger(__name__)


class RangeNotSatisfiable(ApiError):
    code = "RANGE_NOT_SATISFIABLE"
    kind = ErrorKind.RANGE
    message = "The file ends before the range begins."


@dataclass(frozen=True, slots=True)
class File:
    """A file to send. `etag` is without quotes and changes with the content; `download_as` makes browsers save it."""

    content_type: str
    size: int
    pieces: Pieces
    etag: str
    max_age_s: int = 0
    """How long a client may use it without asking; 0 has it ask each time whether it has changed."""
    download_as: str | None = None
    cache_control: str | None = None
    """In place of what follows from `max_age_s`: for what caches may share."""

    @classmethod
    def of_bytes(cls, content: bytes, content_type: str, *, etag: str, max_age_s: int = 0) -> "File":
        async def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            yield content[start : start + length]

        return cls(content_type, len(content), pieces, etag, max_age_s)


async def file_response(request: web.Request, file: File) -> web.StreamResponse:
    """200, 206, 304 or 416 as the request's conditions ask for. What `pieces` raises at its first piece is raised."""
    etag = f'"{file.etag}"'
    headers: dict[str, str] = {
        hdrs.ETAG: etag,
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CACHE_CONTROL: file.cache_control
        or (f"private, max-age={file.max_age_s}" if file.max_age_s else "private, no-cache"),
    }
    if _names(request.headers.get(hdrs.IF_NONE_MATCH, ""), etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        part = requested_part(_range_header(request, etag), file.size)
    except Unsatisfiable:
        refusal = failure(RangeNotSatisfiable())
        refusal.headers[hdrs.CONTENT_RANGE] = f"bytes */{file.size}"
        return refusal
    headers[hdrs.CONTENT_TYPE] = file.content_type
    if file.download_as is not None:
        headers[hdrs.CONTENT_DISPOSITION] = attachment(file.download_as)
    if part is not None:
        headers[hdrs.CONTENT_RANGE] = part.content_range(file.size)
    sent = part or Part(0, file.size)
    pieces = file.pieces(sent.start, sent.length)
    # Read before anything is said, so that an object that is not there can still be answered with an error.
    first = await anext(pieces, b"")
    status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
    return _FileStream(status, headers, sent.length, first, pieces)


def attachment(name: str) -> str:
    """Content-Disposition for any name (RFC 6266, with the name of RFC 8187 and an ASCII one for old clients)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join("_" if character in '"\\%/' or not character.isprintable() else character for character in plain)
    return f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _range_header(request: web.Request, etag: str) -> str | None:
    # If-Range with anything but the present tag: the client's part is of another file (RFC 9110 §13.1.5).
    if request.headers.get(hdrs.IF_RANGE, etag) != etag:
        return None
    return request.headers.get(hdrs.RANGE)


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]


class _FileStream(web.StreamResponse):
    """Sends itself when it is prepared, after every middleware has had its say in the headers."""

    def __init__(
        self, status: HTTPStatus, headers: dict[str, str], length: int, first: bytes, rest: AsyncIterator[bytes]
    ) -> None:
        super().__init__(status=status, headers=headers)
        self.content_length = length
        self._first = first
        self._rest = rest

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        writer = await super().prepare(request)
        try:
            await self._send(self._first)
            async for piece in self._rest:
                await self._send(piece)
        except (TimeoutError, ServiceUnavailable, LookupError) as error:
            # The length is said already: only a broken connection tells the client that this is not all.
            log.warning("file_cut_off", cause=repr(error))
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError from error
        return writer

    async def _send(self, piece: bytes) -> None:
        async with asyncio.timeout(PIECE_TIMEOUT_S):
            await self.write(piece)
