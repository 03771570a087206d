"""Streams that come from encoders, for who lets them in: each step is part of the caller's transaction."""

from datetime import timedelta
from uuid import UUID

from control_api.clock import Clock
from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.streams import encoder_queries, queries
from control_api.streams.announced import NEVER_BEGUN_AFTER
from control_api.streams.errors import AlreadyLive, JustEnded, StreamEnded
from control_api.streams.models import EndedReason, Ingest, NewStream, Source, Stream

EARLY = timedelta(minutes=30)
"""An encoder that comes so long before an announced stream is taken to mean it."""
HELD_OFF = timedelta(seconds=20)
"""Encoders connect again by themselves, and what was ended in the browser would be live again at once."""


class StreamsOfEncoders:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def find_open(self, connection: Connection, creator_id: UserId) -> Stream | None:
        """The creator's stream that came from an encoder and goes on. Raises AlreadyLive when they are live, or in a
        booth, otherwise, and JustEnded when they have ended one a moment ago."""
        stream = await queries.find_open_of_creator(connection, creator_id)
        if stream is not None and stream.source is not Source.ENCODER:
            raise AlreadyLive(stream.id)
        since = self._clock() - HELD_OFF
        if stream is None and await encoder_queries.has_ended_one_since(connection, creator_id, since):
            raise JustEnded
        return stream

    async def find_due(self, connection: Connection, creator_id: UserId) -> Stream | None:
        """What the creator has announced for about now."""
        now = self._clock()
        return await encoder_queries.find_announced(connection, creator_id, now - NEVER_BEGUN_AFTER, now + EARLY, now)

    async def go_on(
        self, connection: Connection, stream: Stream, worker_id: str, ingest: Ingest, key_id: UUID
    ) -> Stream:
        """The open stream with its next generation, at this worker. Raises StreamEnded."""
        going_on = await encoder_queries.go_on(connection, stream.id, worker_id, ingest, key_id, self._clock())
        if going_on is None:
            raise StreamEnded
        return going_on

    async def begin_announced(
        self, connection: Connection, stream: Stream, worker_id: str, ingest: Ingest, key_id: UUID
    ) -> Stream:
        """The announced stream as it goes live. Raises StreamEnded."""
        begun = await encoder_queries.begin_announced(connection, stream.id, worker_id, ingest, key_id, self._clock())
        if begun is None:
            raise StreamEnded
        return begun

    async def begin(
        self, connection: Connection, stream: NewStream, *, record: bool, ingest: Ingest, key_id: UUID
    ) -> Stream | None:
        """A new live stream; None when the creator has an open one by now."""
        now = self._clock()
        return await encoder_queries.insert(connection, stream, record=record, ingest=ingest, key_id=key_id, now=now)

    async def end_of_key(self, connection: Connection, key_id: UUID) -> list[tuple[Stream, bool]]:
        """End what an encoder sends with that key; as it ended, and whether it was on air."""
        now = self._clock()
        return [
            (ended, stream.is_on_air)
            for stream in await encoder_queries.open_of_key(connection, key_id)
            if (ended := await queries.end_stream(connection, stream.id, EndedReason.ENDED, now)) is not None
        ]
