"""One connection of a client: requests one after the other, with bounds on all that a client may make us keep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, cast

from media_server.hls_servers.http_request import MAX_HEAD_BYTES, BadRequest, Request, parse_request
from media_server.hls_servers.http_response import Answer, DateField, error_answer, head_bytes
from media_server.hls_servers.site import Moment, Site

IDLE_S: Final = 75.0
"""Between an answer and the end of the next request's head, as in a worker's own HTTP server."""
STALLED_S: Final = 60.0
"""A client that takes nothing of an answer for so long is let go."""
CHECK_S: Final = 5.0
_MAX_PIPELINED_BYTES: Final = 4 * MAX_HEAD_BYTES
"""Requests that were sent before an answer came. With more, nothing is read until they are answered."""


class Connections:
    """Those of a process, `limit` at most.

    When full, the one that has been there for longest and asks nothing makes room, so that a thousand that never finish
    asking keep nobody out; where all are being answered, the new one is closed.
    """

    def __init__(self, limit: int) -> None:
        self.open: dict[HttpConnection, None] = {}
        self.date = DateField()
        self._limit = limit

    def take(self, connection: HttpConnection) -> bool:
        """Whether there is room for another."""
        if len(self.open) >= self._limit:
            idle = next((each for each in self.open if each.is_idle), None)
            if idle is None:
                return False
            del self.open[idle]
            idle.close()
        self.open[connection] = None
        return True


class HttpConnection(asyncio.Protocol):
    """Answers what `site` says."""

    def __init__(self, site: Site, connections: Connections) -> None:
        self._site = site
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._request: Request | None = None
        self._cancel: Callable[[], None] | None = None
        self._idle_since = 0.0
        self._stalled_since: float | None = None
        self._is_reading = True
        self._check: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered."""
        return self._request is None and self._stalled_since is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # Not asserted: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        if not self._connections.take(self):
            self._transport.abort()
            return
        self._idle_since = _now()
        self._check = asyncio.get_running_loop().call_later(CHECK_S, self._check_times)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._connections.open.pop(self, None)
        self._transport = None
        if self._check is not None:
            self._check.cancel()
        if self._cancel is not None:
            self._cancel()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer = self._buffer + data if self._buffer else data
        self._serve()
        self._read_on(len(self._buffer) <= _MAX_PIPELINED_BYTES)

    def pause_writing(self) -> None:
        """See asyncio.Protocol: the client reads slower than it asks."""
        self._stalled_since = _now()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._stalled_since = None
        self._serve()
        self._read_on(len(self._buffer) <= _MAX_PIPELINED_BYTES)

    def close(self) -> None:
        """End it here and now."""
        if self._transport is not None:
            self._transport.abort()

    def _serve(self) -> None:
        while self._buffer and self._request is None and self._stalled_since is None and self._transport is not None:
            try:
                parsed = parse_request(self._buffer)
            except BadRequest as error:
                self._refuse(error)
                return
            if parsed is None:
                return
            request, taken = parsed
            self._buffer = self._buffer[taken:]
            self._request = request
            cancel = self._site.answer(request, self._reply, Moment(_now(), time.time()))
            if self._request is not None:
                self._cancel = cancel

    def _reply(self, answer: Answer) -> None:
        request, self._request, was_held = self._request, None, self._cancel is not None
        self._cancel = None
        transport = self._transport
        if request is None or transport is None:
            return
        head = head_bytes(answer, keep_alive=request.keep_alive, date=self._connections.date.line(time.time()))
        if request.method == "HEAD" or not answer.body:
            transport.write(head)
        else:
            transport.writelines([head, *answer.body])
        self._idle_since = _now()
        if not request.keep_alive:
            self._buffer = b""
            transport.close()
        elif was_held:
            self._serve()
            self._read_on(len(self._buffer) <= _MAX_PIPELINED_BYTES)

    def _refuse(self, error: BadRequest) -> None:
        assert self._transport is not None
        answer = error_answer(error.status, error.code, str(error))
        self._transport.write(head_bytes(answer, keep_alive=False, date=self._connections.date.line(time.time())))
        self._transport.writelines(answer.body)
        self._buffer = b""
        self._transport.close()

    def _read_on(self, should_read: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or should_read == self._is_reading:
            return
        self._is_reading = should_read
        if should_read:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _check_times(self) -> None:
        now = _now()
        is_idle = self.is_idle and now - self._idle_since > IDLE_S
        is_stalled = self._stalled_since is not None and now - self._stalled_since > STALLED_S
        if self._transport is not None and (is_idle or is_stalled):
            self._transport.abort()
            return
        self._check = asyncio.get_running_loop().call_later(CHECK_S, self._check_times)


def _now() -> float:
    return asyncio.get_running_loop().time()
