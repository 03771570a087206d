"""Streams whose programme is a mix, for the service of mixes: each step is part of the caller's transaction."""

from control_api.clock import Clock
from control_api.db.pool import Connection
from control_api.identity import Actor, StreamId, UserId
from control_api.streams import queries
from control_api.streams.models import EndedReason, NewStream, Source, Stream

WORKING_TITLE = "Untitled mix"


class StreamsOfMixes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def schedule(self, connection: Connection, creator: Actor, worker_id: str) -> Stream | None:
        """A scheduled stream; None when the creator has a stream already that has not ended."""
        new_stream = NewStream(creator.user_id, creator.role, WORKING_TITLE, "", worker_id, Source.MIX)
        return await queries.insert_stream(connection, new_stream, self._clock())

    async def find_open_of(self, connection: Connection, creator_id: UserId) -> Stream | None:
        """The creator's stream that is scheduled or live."""
        return await queries.find_open_of_creator(connection, creator_id)

    async def find(self, connection: Connection, stream_id: StreamId) -> Stream | None:
        return await queries.find_stream(connection, stream_id)

    async def go_live(self, connection: Connection, stream_id: StreamId, title: str, description: str) -> Stream | None:
        """None when it is live already, or has ended."""
        return await queries.go_live(connection, stream_id, title, description, self._clock())

    async def next_generation(self, connection: Connection, stream: Stream) -> Stream | None:
        """The stream with its next publish generation; None when it has ended."""
        return await queries.renew_grant(connection, stream.id, stream.worker_id, self._clock())

    async def move(self, connection: Connection, stream_id: StreamId, worker_id: str) -> None:
        """Have the stream at another media worker."""
        await queries.move(connection, stream_id, worker_id)

    async def end(self, connection: Connection, stream_id: StreamId) -> Stream | None:
        """None when it had ended before."""
        return await queries.end_stream(connection, stream_id, EndedReason.ENDED, self._clock())

    async def count_by_worker(self, connection: Connection) -> dict[str, int]:
        """How many streams that have not ended each media worker has."""
        return await queries.count_open_by_worker(connection)
