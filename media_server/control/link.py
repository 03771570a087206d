"""Writes the lease and the audience to Valkey, reads commands from it, outlives its outages."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Final, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from media_server.control.audiences import Audiences
from media_server.control.origins import OriginClaims
from media_server.outages import through_outages
from media_server.sessions.rooms import Rooms

LEASE_MS: Final = 2000
_WRITE_EACH_S: Final = 0.5
_AUDIENCE_EACH_S: Final = 3.0
_AUDIENCE_LAPSES_S: Final = 8.0
_MIN_BETWEEN_WRITES_S: Final = 0.1
_CALL_S: Final = 3.0
_COMMAND_WAIT_MS: Final = 2000
TOLD_WITHIN_S: Final = 1.0
_CHANNEL: Final = "media:changed"
MAX_DRAIN_S: Final = 3600.0

Answer = list[tuple[str, list[tuple[str, dict[str, str]]]]] | None
"""XREAD's: for each stream its entries, as (id, fields)."""

_log = structlog.get_logger(__name__)


class ControlLink:
    """One worker's side of the control plane. `run` until cancelled."""

    def __init__(
        self,
        valkey: Redis,
        worker_id: str,
        rooms: Rooms,
        describe: Callable[[], str],
        *,
        internal_url: str,
        drain: Callable[[float], None],
    ) -> None:
        """`drain` is to have everybody leave within so many seconds."""
        self._valkey = valkey
        self._worker_id = worker_id
        self._rooms = rooms
        self._describe = describe
        self._drain = drain
        self._origins = OriginClaims(valkey, worker_id, internal_url=internal_url, lease_ms=LEASE_MS)
        self._changed = asyncio.Event()
        self._writes = 0
        self._written = asyncio.Condition()
        self._written_until = 0
        self._last_command: str | None = None
        self._listening = asyncio.Event()
        self._audiences = Audiences(valkey)

    def room_changed(self) -> None:
        """Something the control plane wants to hear of at once."""
        self._changed.set()

    async def told(self) -> None:
        """Wait until the control plane knows what is so now; while Valkey is away, for TOLD_WITHIN_S."""
        # What is under way was described before.
        write = self._writes + 1
        self._changed.set()
        try:
            async with asyncio.timeout(TOLD_WITHIN_S), self._written:
                await self._written.wait_for(lambda: self._written_until >= write)
        except TimeoutError:
            _log.warning("not told, Valkey is away", worker_id=self._worker_id)

    async def run(self) -> None:
        """Keep the lease, the audience and the commands going."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(through_outages("lease", self._keep_lease))
            tasks.create_task(through_outages("audience", self._keep_audience))
            tasks.create_task(through_outages("commands", self._read_commands))

    async def resign(self) -> None:
        """Give the lease up, so that nobody is sent here any more."""
        try:
            async with asyncio.timeout(1.0):
                await self._origins.resign()
                await self._valkey.delete(self._lease_key)
                await self._valkey.publish(_CHANNEL, self._worker_id)
        except (RedisError, OSError, TimeoutError):
            # The lease lapses by itself in seconds.
            _log.info("lease not resigned, Valkey is away", worker_id=self._worker_id)

    @property
    def _lease_key(self) -> str:
        return f"media:worker:{self._worker_id}"

    async def _keep_lease(self) -> None:
        # Whoever sees the lease may send commands, so it is known by then where they begin.
        await self._listening.wait()
        while True:
            changed = self._changed.is_set()
            self._changed.clear()
            self._writes += 1
            async with self._valkey.pipeline(transaction=False) as pipe:
                pipe.sadd("media:workers", self._worker_id)
                pipe.set(self._lease_key, self._describe(), px=LEASE_MS)
                if changed:
                    pipe.publish(_CHANNEL, self._worker_id)
                async with asyncio.timeout(_CALL_S):
                    lost = await self._origins.write(self._rooms)
                    await pipe.execute()
            async with self._written:
                self._written_until = self._writes
                self._written.notify_all()
            for room in lost:
                _log.warning("stream went on at another worker", stream_id=room.stream_id)
                self._rooms.release(room.stream_id)
            await asyncio.sleep(_MIN_BETWEEN_WRITES_S)
            try:
                async with asyncio.timeout(_WRITE_EACH_S - _MIN_BETWEEN_WRITES_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _keep_audience(self) -> None:
        while True:
            present = {room.stream_id: room.present() for room in self._rooms}
            await self._audiences.write(present, lapses_at=time.time() + _AUDIENCE_LAPSES_S)
            await asyncio.sleep(_AUDIENCE_EACH_S)

    async def _read_commands(self) -> None:
        key = f"media:commands:{self._worker_id}"
        if self._last_command is None:
            # Not "$": that means anew with each call "from now on", and loses what comes between two of them.
            async with asyncio.timeout(_CALL_S):
                newest = cast("list[tuple[str, dict[str, str]]]", await self._valkey.xrevrange(key, count=1))
            self._last_command = newest[0][0] if newest else "0-0"
            self._listening.set()
        while True:
            streams: dict[Any, Any] = {key: self._last_command}
            async with asyncio.timeout(_COMMAND_WAIT_MS / 1000 + _CALL_S):
                answer = cast("Answer", await self._valkey.xread(streams, count=100, block=_COMMAND_WAIT_MS))
            for _, entries in answer or []:
                for entry_id, fields in entries:
                    self._last_command = entry_id
                    self._obey(fields)

    def _obey(self, fields: dict[str, str]) -> None:
        try:
            command: dict[str, Any] = json.loads(fields["json"])
            match command["command"]:
                case "end_stream":
                    self._rooms.end(str(command["stream_id"]), "ended")
                case "release_stream":
                    self._rooms.release(str(command["stream_id"]))
                case "drop_viewer":
                    self._rooms.drop(str(command["stream_id"]), str(command["viewer_id"]))
                case "drain":
                    self._drain(min(max(float(command["deadline_s"]), 0.0), MAX_DRAIN_S))
        except (KeyError, TypeError, ValueError):
            _log.warning("command not understood")
