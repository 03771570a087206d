"""What is not live is asked of the worker's own HTTP server: what can be rewound to is on its disk."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Final

from media_server.hls_servers.http_request import Request
from media_server.hls_servers.http_response import Answer, error_answer
from media_server.hls_servers.site import Cancel, Reply

MAX_AT_ONCE: Final = 64
"""Beyond it requests are refused (503): each may hold a segment in memory."""
MAX_ANSWER_BYTES: Final = 128 << 20
_TIMEOUT_S: Final = 20.0
_KEPT: Final = frozenset(
    {"content-type", "cache-control", "content-encoding", "vary", "retry-after", "www-authenticate"}
)
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d) ?[^\r\n]*")


class AnswerUnreadable(Exception):
    """The worker's server answered what is none of its answers."""


class WorkerSite:
    """An `Elsewhere`: passes a request on as it came, and its answer back, less what belongs to the connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, request: Request, reply: Reply) -> Cancel:
        """See `Elsewhere`."""
        if len(self._tasks) >= MAX_AT_ONCE:
            reply(_unavailable("too many ask for what was"))
            return lambda: None
        task = asyncio.get_running_loop().create_task(self._pass_on(request, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        def cancel() -> None:
            task.cancel()

        return cancel

    async def _pass_on(self, request: Request, reply: Reply) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = read_answer(await self._ask(request), is_head=request.method == "HEAD")
        except (OSError, TimeoutError, AnswerUnreadable):
            answer = _unavailable("the worker does not answer")
        reply(answer)

    async def _ask(self, request: Request) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(_as_sent(request))
            pieces, size = [], 0
            while piece := await reader.read(1 << 18):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_ANSWER_BYTES:
                    raise AnswerUnreadable("larger than any segment")
            return b"".join(pieces)
        finally:
            writer.transport.abort()


def read_answer(data: bytes, *, is_head: bool) -> Answer:
    """A whole answer to a request of HTTP/1.0. Raises AnswerUnreadable."""
    head, blank, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None or not blank:
        raise AnswerUnreadable("no status line")
    fields = [line.decode("latin-1").partition(":") for line in lines]
    headers = [(name, value.strip()) for name, _, value in fields]
    announced = next(
        (int(value) for name, value in headers if name.lower() == "content-length" and _is_count(value)), 0
    )
    # A worker that dies in the midst of an answer says less than it announced.
    if not is_head and announced != len(body):
        raise AnswerUnreadable("not all of it")
    kept = [(name, value) for name, value in headers if name.lower() in _KEPT and value != "Origin"]
    return Answer(int(match[1]), kept, (body,) if body else (), head_length=announced)


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ANSWER_BYTES))


def _as_sent(request: Request) -> bytes:
    target = request.path + (f"?{request.query_text}" if request.query_text else "")
    fields = [
        ("Host", "worker"),
        ("Authorization", request.authorization),
        ("Accept-Encoding", request.accept_encoding),
    ]
    lines = [f"{request.method} {target} HTTP/1.0\r\n", *(f"{name}: {value}\r\n" for name, value in fields if value)]
    return "".join(lines).encode("latin-1") + b"\r\n"


def _unavailable(reason: str) -> Answer:
    return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "OVERLOADED", reason, {"Retry-After": "1"})
