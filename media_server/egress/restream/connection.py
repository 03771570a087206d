"""One connection to a target: from the first byte to its end, whoever ends it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final, cast

from media_server.egress.restream.address import TargetAddress
from media_server.rtmp.client import PublishSession
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.events import PublishAccepted, PublishRefused
from media_server.rtmp.messages import Message

UNSENT_BYTES: Final = 256 << 10
"""Above this the target does not keep up, and frames wait in its backlog."""


class TargetRefused(Exception):
    """The platform does not want the stream. The message is its sentence."""


class TargetLost(Exception):
    """The connection is over, or was never there. The message is a sentence without secrets."""


class TargetConnection(asyncio.Protocol):
    """Publishes. `ended` has the reason; `is_writable` is false while the target does not keep up."""

    def __init__(self, session: PublishSession, *, clock: Callable[[], float], may_write: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.session = session
        self.accepted: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[Exception] = loop.create_future()
        self.is_writable = True
        self.stuck_since: float | None = None
        self.sent_bytes = 0
        self._clock = clock
        self._may_write = may_write
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        # Not asserted: uvloop's transports are none of asyncio's classes.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=UNSENT_BYTES)
        self.session.begin()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        try:
            for event in self.session.receive(data, now=self._clock()):
                if isinstance(event, PublishAccepted):
                    if not self.accepted.done():
                        self.accepted.set_result(None)
                elif isinstance(event, PublishRefused):
                    self._over(TargetRefused(event.reason))
                else:
                    self._over(TargetLost("The platform asked to connect anew."))
        except RtmpError as error:
            self._over(TargetLost(f"The platform does not speak RTMP as it should: {error}."))
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        self._over(TargetLost("The platform closed the connection."))

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.is_writable = False
        self.stuck_since = self._clock()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.is_writable = True
        self.stuck_since = None
        self._may_write()

    def send(self, message: Message) -> None:
        """A message of the stream."""
        self.session.send(message)
        self._flush()

    def close(self, *, takes_leave: bool) -> None:
        """End it; `takes_leave` when the stream is over, not when the connection is of no use."""
        if self._transport is None:
            return
        if takes_leave:
            self.session.end()
            self._flush()
            self._transport.close()
        else:
            self._transport.abort()

    def _flush(self) -> None:
        output = self.session.take_output()
        if output and self._transport is not None:
            self.sent_bytes += len(output)
            self._transport.write(output)

    def _over(self, reason: Exception) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


async def connect(
    address: TargetAddress,
    host: str,
    key: str,
    *,
    tls: ssl.SSLContext,
    clock: Callable[[], float],
    may_write: Callable[[], None],
) -> TargetConnection:
    """A connection to `host`, a numeric address of the target's. Raises TargetLost."""
    session = PublishSession(app=address.app, tc_url=address.tc_url, key=key)
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: TargetConnection(session, clock=clock, may_write=may_write),
            host,
            address.port,
            ssl=tls if address.is_tls else None,
            server_hostname=address.host if address.is_tls else None,
        )
    except ssl.SSLCertVerificationError:
        raise TargetLost("The platform's certificate is not valid for its name.") from None
    except ssl.SSLError:
        raise TargetLost("The platform does not speak TLS there: try rtmp:// in place of rtmps://.") from None
    except ConnectionRefusedError:
        raise TargetLost("Nobody answers at the target's address.") from None
    except OSError:
        raise TargetLost("The target cannot be reached.") from None
    return connection
