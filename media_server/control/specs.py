"""Tells every room what the control plane wants of its stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Protocol, cast

import structlog
from redis.asyncio import Redis

from media_server.outages import through_outages
from media_server.sessions.spec import SpecUnreadable, StreamSpec

CHANNEL: Final = "media:spec-changed"
_EACH_S: Final = 2.0
"""How late a wish is at worst, when the word that it changed was lost."""
_LEAST_BETWEEN_S: Final = 0.2
_CALL_S: Final = 3.0

_log = structlog.get_logger(__name__)


class SpecifiedRoom(Protocol):
    """A room as it is told what to do."""

    @property
    def stream_id(self) -> str: ...

    def want(self, spec: StreamSpec) -> None:
        """Called again with what is known already."""


class StreamSpecs:
    """Level-triggered: reads the specs of all rooms again and again; `run` until cancelled.

    While Valkey is away, rooms go on as they were last told.
    """

    def __init__(self, valkey: Redis, rooms: Callable[[], Iterable[SpecifiedRoom]]) -> None:
        self._valkey = valkey
        self._rooms = rooms
        self._wake = asyncio.Event()

    def room_changed(self) -> None:
        """A room may be new: it should not wait for its first spec."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the specs."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(through_outages("specs", self._read))
            tasks.create_task(through_outages("news of specs", self._listen))

    async def _read(self) -> None:
        while True:
            self._wake.clear()
            rooms = list(self._rooms())
            if rooms:
                async with asyncio.timeout(_CALL_S):
                    keys = [f"media:spec:{room.stream_id}" for room in rooms]
                    texts = cast("list[str | None]", await self._valkey.mget(keys))
                for room, text in zip(rooms, texts, strict=True):
                    if text is not None:
                        _tell(room, text)
            await asyncio.sleep(_LEAST_BETWEEN_S)
            try:
                async with asyncio.timeout(_EACH_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _listen(self) -> None:
        async with self._valkey.pubsub(ignore_subscribe_messages=True) as pubsub:
            async with asyncio.timeout(_CALL_S):
                await pubsub.subscribe(CHANNEL)
            # What changed before the subscription was heard by nobody.
            self._wake.set()
            while True:
                message = await pubsub.get_message(timeout=_EACH_S)
                if message is not None:
                    self._wake.set()


def _tell(room: SpecifiedRoom, text: str) -> None:
    try:
        spec = StreamSpec.parse(text)
    except SpecUnreadable as error:
        _log.error("a stream's spec cannot be read", stream_id=room.stream_id, reason=str(error))
        return
    if spec.stream_id == room.stream_id:
        room.want(spec)
