"""Streams as the reconciler reads and corrects them. Each correction is one conditional statement."""

from control_api.clock import Clock
from control_api.db.pool import Connection
from control_api.streams import queries
from control_api.streams.booths import Booths
from control_api.streams.models import EndedReason, Ingest, MediaState, Source, Stream


class LiveStates:
    def __init__(self, booths: Booths, clock: Clock) -> None:
        self._booths = booths
        self._clock = clock

    async def all_open(self, connection: Connection) -> list[Stream]:
        """What is in a booth or live."""
        return await queries.all_open(connection)

    async def observe(
        self, connection: Connection, stream: Stream, media_state: MediaState, viewer_count: int, ingest: Ingest | None
    ) -> Stream | None:
        """The stream as corrected; None when nothing was to correct, or it has moved on since it was read."""
        # While nothing arrives, what came last stands.
        ingest = ingest or stream.ingest
        if (stream.media_state, stream.viewer_count, stream.ingest) == (media_state, viewer_count, ingest):
            return None
        return await queries.observe(connection, stream, media_state, viewer_count, ingest, self._clock())

    async def end(self, connection: Connection, stream: Stream, reason: EndedReason) -> Stream | None:
        """The stream as ended, and its mix with it; None when somebody else ended it, or a newer grant to publish was
        given since it was read."""
        now = self._clock()
        if stream.source is not Source.MIX:
            return await queries.end_stream(connection, stream.id, reason, now, generation=stream.publish_generation)
        # The mix before its stream: everybody locks them in this order.
        await self._booths.close(connection, stream.id, now)
        return await queries.end_stream(connection, stream.id, reason, now)
