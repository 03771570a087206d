"""Streams that are announced: putting them down, changing and calling them off, and finding those of others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.errors import ApiError, ErrorKind, FieldError, Forbidden
from control_api.identity import Actor, StreamId
from control_api.streams import announced_queries, queries
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.errors import AlreadyLive, StreamNotFound
from control_api.streams.models import Announcement, Status, Stream, StreamState

MOST_ANNOUNCED = 20
MOST_SHOWN = 100
FURTHEST = timedelta(days=365)
NEVER_BEGUN_AFTER = timedelta(hours=1)
"""What has not begun so long after its time does not begin any more."""


class StartsAtUnfit(FieldError):
    code = "VALIDATION_ERROR"
    kind = ErrorKind.INVALID
    field = "startsAt"
    message = "It has to be in the future, and within a year."


class TooManyAnnounced(ApiError):
    code = "TOO_MANY_SCHEDULED"
    kind = ErrorKind.CONFLICT
    message = "You have announced as many streams as one may; call one off first."


class StreamHasBegun(ApiError):
    code = "STREAM_HAS_BEGUN"
    kind = ErrorKind.CONFLICT
    message = "This stream has begun already, or was called off."


class AnnouncedStreams:
    def __init__(self, database: Database, announcer: StreamAnnouncer, clock: Clock) -> None:
        self._database = database
        self._announcer = announcer
        self._clock = clock

    async def announce(self, actor: Actor, wish: Announcement) -> Stream:
        """Raises StartsAtUnfit, TooManyAnnounced."""
        self._check(wish)
        async with self._database.transaction() as connection:
            await take_turn(connection, actor.user_id)
            if await announced_queries.count_of(connection, actor.user_id) >= MOST_ANNOUNCED:
                raise TooManyAnnounced
            return await announced_queries.insert(connection, actor.user_id, actor.role.value, wish)

    async def edit(self, actor: Actor, stream_id: StreamId, changes: dict[str, Any]) -> Stream:
        """`changes` has those fields of Announcement that are to be others. Raises StreamNotFound, Forbidden,
        StreamHasBegun, StartsAtUnfit."""
        async with self._database.transaction() as connection:
            await take_turn(connection, actor.user_id)
            stream = await self.own(connection, actor, stream_id)
            if stream.status is not Status.SCHEDULED or stream.scheduled_for is None:
                raise StreamHasBegun
            before = Announcement(stream.title, stream.description, stream.scheduled_for, stream.record)
            wish = replace(before, **changes)
            if "starts_at" in changes:
                self._check(wish)
            edited = await announced_queries.edit(connection, stream_id, wish)
        if edited is None:
            raise StreamHasBegun
        await self._announcer.stream_changed(StreamState.of(edited))
        return edited

    async def call_off(self, actor: Actor, stream_id: StreamId) -> None:
        """There is no such stream any more. Raises StreamNotFound, Forbidden, StreamHasBegun."""
        async with self._database.transaction() as connection:
            stream = await self.own(connection, actor, stream_id)
            if stream.status is not Status.SCHEDULED:
                raise StreamHasBegun
            ended = await announced_queries.call_off(connection, stream_id, self._clock())
        if ended is None:
            raise StreamHasBegun
        await self._announcer.stream_changed(StreamState.of(ended))

    async def begin(
        self,
        connection: Connection,
        actor: Actor,
        stream_id: StreamId,
        worker_id: str,
        title: str | None,
        description: str | None,
    ) -> Stream:
        """The stream as it goes live from a camera. Raises StreamNotFound, Forbidden, StreamHasBegun, AlreadyLive."""
        stream = await self.own(connection, actor, stream_id)
        words = (title or stream.title, stream.description if description is None else description)
        try:
            async with connection.transaction():
                begun = await announced_queries.begin(connection, stream_id, worker_id, *words, self._clock())
        except asyncpg.UniqueViolationError:
            # Another one was begun meanwhile.
            open_stream = await queries.find_open_of_creator(connection, actor.user_id)
            raise AlreadyLive(open_stream.id if open_stream else stream_id) from None
        if begun is None:
            raise StreamHasBegun
        return begun

    async def tell(self, stream: Stream) -> None:
        """Tell those who wait for it that it has begun, after that is committed."""
        await self._announcer.stream_changed(StreamState.of(stream))

    async def all_of(self, actor: Actor) -> list[Stream]:
        """One's own, the next first."""
        async with self._database.connection() as connection:
            return await announced_queries.all_of(connection, actor.user_id)

    async def upcoming(self) -> list[Stream]:
        """Everybody's next MOST_SHOWN."""
        async with self._database.connection() as connection:
            return await announced_queries.next_of_all(connection, MOST_SHOWN)

    async def end_overdue(self) -> None:
        """End what has not begun NEVER_BEGUN_AFTER its time."""
        now = self._clock()
        async with self._database.connection() as connection:
            ended = await announced_queries.end_overdue(connection, now - NEVER_BEGUN_AFTER, now)
        for stream in ended:
            await self._announcer.stream_changed(StreamState.of(stream))

    async def own(self, connection: Connection, actor: Actor, stream_id: StreamId) -> Stream:
        """A stream that was announced by the actor, whatever became of it. Raises StreamNotFound, Forbidden."""
        stream = await queries.find_stream(connection, stream_id)
        if stream is None or stream.scheduled_for is None or not stream.is_public:
            raise StreamNotFound
        if stream.creator_id != actor.user_id:
            raise Forbidden("This is not your stream.")
        return stream

    def _check(self, wish: Announcement) -> None:
        if not timedelta() <= wish.starts_at - self._clock() <= FURTHEST:
            raise StartsAtUnfit
