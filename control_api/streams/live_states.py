"""Live streams as the reconciler reads and corrects them. Each correction is one conditional statement."""

from control_api.clock import Clock
from control_api.db.pool import Connection
from control_api.streams import queries
from control_api.streams.models import EndedReason, MediaState, Stream


class LiveStates:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def all_live(self, connection: Connection) -> list[Stream]:
        return await queries.all_live(connection)

    async def observe(
        self, connection: Connection, stream: Stream, media_state: MediaState, viewer_count: int
    ) -> Stream | None:
        """The stream as corrected; None when nothing was to correct, or it has moved on since it was read."""
        if stream.media_state is media_state and stream.viewer_count == viewer_count:
            return None
        return await queries.observe(connection, stream, media_state, viewer_count, self._clock())

    async def end(self, connection: Connection, stream: Stream, reason: EndedReason) -> Stream | None:
        """The stream as ended; None when somebody else ended it, or a newer grant was given since it was read."""
        return await queries.end_stream(
            connection, stream.id, reason, self._clock(), generation=stream.publish_generation
        )
