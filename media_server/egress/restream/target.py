"""One target of a room: connected again and again, and what is to be known of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any, Final, Literal

import structlog

from media_server.egress.restream.address import BadTarget, TargetAddress, resolved
from media_server.egress.restream.connection import TargetConnection, TargetLost, TargetRefused, connect
from media_server.egress.restream.sending import Sending
from media_server.rtmp.bitrate import Bitrate

State = Literal["connecting", "live", "waiting", "refused"]

ACCEPT_S: Final = 15.0
"""From looking the host up to being let in."""
STUCK_S: Final = 20.0
STEADY_S: Final = 30.0
"""A connection that lasted this long was a good one: the next attempt is soon."""
_LOOK_S: Final = 1.0
_JITTER: Final = (0.75, 1.25)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds until the next attempt: `first_s`, doubled up to `longest_s`; another pair after refusals."""

    first_s: float = 1.0
    longest_s: float = 60.0
    refused_first_s: float = 60.0
    refused_longest_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What targets share. `clock` gives monotonic seconds, `unix_at_zero` the epoch time of its zero."""

    clock: Callable[[], float]
    unix_at_zero: float
    tls: ssl.SSLContext
    allow_private: bool = False
    pace: Pace = Pace()


class RestreamTarget:
    """`sending` is to listen to the room's hub; `run` until cancelled or the stream is over."""

    def __init__(self, target_id: str, url: str, key: str, around: Surroundings) -> None:
        self.sending = Sending()
        self._target_id = target_id
        self._url = url
        self._key = key
        self._around = around
        self._bitrate = Bitrate()
        self._random = SystemRandom()
        self._failures = 0
        self._state: State = "waiting"
        self._since = around.clock()
        self._problem: str | None = None
        self._retry_at: float | None = None

    async def run(self) -> None:
        """Connect, publish, and do so again."""
        while True:
            await self.sending.has_source.wait()
            if self.sending.is_over.is_set():
                self._enter("waiting")
                return
            self._enter("connecting")
            began_at = self._around.clock()
            state: State
            try:
                await self._publish()
                continue
            except (BadTarget, TargetRefused) as error:
                state, problem = "refused", str(error)
            except TargetLost as error:
                state, problem = "waiting", str(error)
            except TimeoutError:
                state, problem = "waiting", "The target did not answer in time."
            if self._around.clock() - began_at > STEADY_S:
                self._failures = 0
            await asyncio.sleep(self._wait_s(state, problem))

    def state(self) -> dict[str, Any]:
        """Of the target, as ARCHITECTURE.md has it in a worker's snapshot."""
        to_epoch = self._around.unix_at_zero
        return {
            "state": self._state,
            "since": self._since + to_epoch,
            "bitrate_bps": self._bitrate.bps if self._state == "live" else 0,
            "dropped_s": round(self.sending.backlog.dropped_s, 3),
            "problem": self._problem,
            "retry_at": None if self._retry_at is None else self._retry_at + to_epoch,
        }

    async def _publish(self) -> None:
        """One connection, until the stream is over. Raises what ended it before."""
        address = TargetAddress.parse(self._url)
        connection: TargetConnection | None = None
        try:
            async with asyncio.timeout(ACCEPT_S):
                hosts = await resolved(address, allow_private=self._around.allow_private)
                connection = await self._connected(address, hosts)
                waited: set[asyncio.Future[Any]] = {connection.accepted, connection.ended}
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not connection.accepted.done():
                raise connection.ended.result()
            self._enter("live")
            self._bitrate = Bitrate()
            self.sending.attach(connection)
            await self._until_over(connection)
        finally:
            self.sending.detach()
            if connection is not None:
                connection.close(takes_leave=self.sending.is_over.is_set())

    async def _connected(self, address: TargetAddress, hosts: Sequence[str]) -> TargetConnection:
        """To the first of its addresses that answers: one may be of a family that does not work here."""
        around, problem = self._around, TargetLost("The target cannot be reached.")
        for host in hosts:
            try:
                return await connect(
                    address, host, self._key, tls=around.tls, clock=around.clock, may_write=self.sending.go_on
                )
            except TargetLost as error:
                problem = error
        raise problem

    async def _until_over(self, connection: TargetConnection) -> None:
        over = asyncio.ensure_future(self.sending.is_over.wait())
        waited: set[asyncio.Future[Any]] = {over, connection.ended}
        try:
            while not over.done():
                now = self._around.clock()
                self._bitrate.look(connection.sent_bytes, now=now)
                if connection.stuck_since is not None and now - connection.stuck_since > STUCK_S:
                    raise TargetLost("The platform takes nothing any more.")
                await asyncio.wait(waited, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                if connection.ended.done() and not over.done():
                    raise connection.ended.result()
        finally:
            over.cancel()

    def _wait_s(self, state: State, problem: str) -> float:
        """After a failure: how long until the next attempt."""
        pace = self._around.pace
        first_s, longest_s = (
            (pace.refused_first_s, pace.refused_longest_s) if state == "refused" else (pace.first_s, pace.longest_s)
        )
        wait_s = min(longest_s, first_s * float(2 ** min(self._failures, 16))) * self._random.uniform(*_JITTER)
        self._failures += 1
        self._enter(state, problem)
        self._retry_at = self._since + wait_s
        return wait_s

    def _enter(self, state: State, problem: str | None = None) -> None:
        self._state, self._since, self._retry_at = state, self._around.clock(), None
        if state != "connecting":
            # While it is tried again, it is still of interest why.
            self._problem = problem
        _log.info("target changed", target_id=self._target_id, state=state, problem=problem)
