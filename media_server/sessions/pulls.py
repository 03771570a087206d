"""Brings streams here that other workers have, and keeps them here while somebody watches."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from media_server.relay.origins import NotPulled, OpenPull
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.relayed import RelayIntake
from media_server.sessions.rooms import Rooms

WAIT_S: Final = 2.0
"""So long a viewer waits for the first answer of an origin."""
_AGAIN_S: Final = 0.25
_LAST_AGAIN_S: Final = 1.0
_NOT_ASKED_AGAIN_S: Final = 0.5
"""For a stream that nobody had: viewers who wait for its publisher ask each second, all of them."""
_MAX_ABSENT: Final = 10_000
MAX_PULLS: Final = 1_000

_log = structlog.get_logger(__name__)


DroppedOf = Callable[[str], Awaitable[Sequence[Mapping[str, float]]]]
"""Who was told to go from a stream, and when, in Unix seconds; in portions that are small enough for one turn."""


class OriginsOfStreams(Protocol):
    """See `Origins`."""

    async def open(self, stream_id: str) -> OpenPull: ...

    async def end(self, pull: OpenPull) -> None: ...


class Pulls:
    """One task for each stream that is pulled. `run` until cancelled."""

    def __init__(self, rooms: Rooms, origins: OriginsOfStreams, *, dropped_of: DroppedOf) -> None:
        self._rooms = rooms
        self._origins = origins
        self._dropped_of = dropped_of
        self._tasks: asyncio.TaskGroup | None = None
        self._first: dict[str, asyncio.Future[None]] = {}
        self._absent_until: dict[str, float] = {}

    async def run(self) -> None:
        """Keep what is pulled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await asyncio.get_running_loop().create_future()

    async def bring(self, stream_id: str) -> None:
        """Have the stream here if it is anywhere; returns when that is known, or after WAIT_S.

        However many ask for one stream, it is looked for once. Beyond MAX_PULLS nothing more is pulled.
        """
        if self._rooms.find_room(stream_id) is not None or self._tasks is None:
            return
        loop = asyncio.get_running_loop()
        first = self._first.get(stream_id)
        if first is None:
            if self._absent_until.get(stream_id, 0.0) > loop.time() or len(self._first) >= MAX_PULLS:
                return
            first = self._first[stream_id] = loop.create_future()
            self._tasks.create_task(self._keep(stream_id, first))
        try:
            async with asyncio.timeout(WAIT_S):
                await asyncio.shield(first)
        except TimeoutError:
            return

    async def _keep(self, stream_id: str, first: asyncio.Future[None]) -> None:
        try:
            try:
                pull = await self._origins.open(stream_id)
            except NotPulled as refusal:
                self._note_absent(stream_id, refusal)
                return
            dropped = await self._dropped_of(stream_id)
            if self._rooms.find_room(stream_id) is not None:
                # A publisher came meanwhile.
                await self._origins.end(pull)
                return
            room = self._rooms.open_relayed(stream_id)
            over = self._begin(room, pull)
            for portion in dropped:
                room.learn_dropped(portion)
                await asyncio.sleep(0)
            first.set_result(None)
            await self._keep_pulled(room, pull, over)
        except Exception:  # noqa: BLE001 - a bug that one stream brings to light must not end the pulls of all others
            _log.exception("pull failed", stream_id=stream_id)
        finally:
            if not first.done():
                first.set_result(None)
            del self._first[stream_id]

    async def _keep_pulled(self, room: LiveRoom, pull: OpenPull, over: asyncio.Event) -> None:
        """Until the room is gone, is over, or has a publisher of its own."""
        while True:
            await over.wait()
            await self._origins.end(pull)
            again_s = _AGAIN_S
            while True:
                if not self._is_wanted(room):
                    return
                try:
                    pull = await self._origins.open(room.stream_id)
                except NotPulled as refusal:
                    _log.info("not pulled", stream_id=room.stream_id, reason=str(refusal))
                    if refusal.has_ended:
                        room.end("ended")
                        return
                    await asyncio.sleep(again_s)
                    again_s = min(2 * again_s, _LAST_AGAIN_S)
                    continue
                if not self._is_wanted(room):
                    await self._origins.end(pull)
                    return
                over = self._begin(room, pull)
                break

    def _begin(self, room: LiveRoom, pull: OpenPull) -> asyncio.Event:
        over = asyncio.Event()
        assert isinstance(room.intake, RelayIntake)
        if not room.intake.has_room_for(pull.answer):
            # One in millions: the next answer has other numbers.
            over.set()
            return over
        room.intake.begin(secrets.token_urlsafe(18), pull.offer, pull.answer, on_lost=over.set)
        return over

    def _is_wanted(self, room: LiveRoom) -> bool:
        is_here = self._rooms.find_room(room.stream_id) is room
        return is_here and isinstance(room.intake, RelayIntake) and not room.room.state.is_over

    def _note_absent(self, stream_id: str, refusal: NotPulled) -> None:
        _log.info("not pulled", stream_id=stream_id, reason=str(refusal))
        now = asyncio.get_running_loop().time()
        self._absent_until.pop(stream_id, None)
        self._absent_until[stream_id] = now + _NOT_ASKED_AGAIN_S
        while len(self._absent_until) > _MAX_ABSENT or next(iter(self._absent_until.values())) <= now:
            del self._absent_until[next(iter(self._absent_until))]
