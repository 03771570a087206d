"""Having streams recorded, or not.

`record` of a stream says what its creator wants. The keeper of streams makes it so: `begin_wanted` gives each live
stream that is to be recorded, and is not, a recording.
"""

from uuid import uuid4

import structlog

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.db.turns import take_turn
from control_api.identity import Actor, StreamId
from control_api.replays import recording_queries
from control_api.replays.errors import ReplayQuotaExceeded
from control_api.replays.models import RecordingWish, ReplayId
from control_api.streams.errors import StreamEnded
from control_api.streams.models import Status, Stream
from control_api.streams.ownership import own_stream
from control_api.streams.spec_news import SpecNews

log = structlog.get_logger(__name__)


class RecordingService:
    """A recording that was switched off is not gone on with: the next is another replay."""

    def __init__(self, database: Database, specs: SpecNews, clock: Clock, *, limit_bytes: int) -> None:
        self._database = database
        self._specs = specs
        self._clock = clock
        self._limit_bytes = limit_bytes

    async def switch(self, actor: Actor, stream_id: StreamId, *, on: bool) -> Stream:
        """Record one's own stream from now on, or no longer; before it is live, when it begins.

        Raises StreamNotFound, Forbidden, StreamEnded, ReplayQuotaExceeded.
        """
        async with self._database.transaction() as connection:
            await take_turn(connection, actor.user_id)
            stream = await own_stream(connection, actor, stream_id)
            if stream.status is Status.ENDED:
                raise StreamEnded
            if on and await recording_queries.used_bytes(connection, stream.creator_id) >= self._limit_bytes:
                raise ReplayQuotaExceeded
            await recording_queries.set_wish(connection, stream_id, record=on)
            stream = await own_stream(connection, actor, stream_id)
        self._specs.spec_changed()
        return stream

    async def begin_wanted(self) -> None:
        """Begin a recording of each live stream that is to have one and has none."""
        async with self._database.connection() as connection:
            unrecorded = await recording_queries.unrecorded(connection)
        for stream_id, creator_id in unrecorded:
            replay_id = ReplayId(uuid4())
            async with self._database.transaction() as connection:
                await take_turn(connection, creator_id)
                if await recording_queries.used_bytes(connection, creator_id) >= self._limit_bytes:
                    await recording_queries.set_wish(connection, stream_id, record=False)
                    log.warning("not_recorded", stream_id=str(stream_id), reason="no room")
                elif await recording_queries.begin(connection, replay_id, stream_id, self._clock()):
                    log.info("recording_begun", stream_id=str(stream_id), recording_id=str(replay_id))

    async def wanted(self, stream_ids: list[StreamId]) -> dict[StreamId, RecordingWish]:
        """The recordings that are wanted of these streams and are not over, each with the room others leave it."""
        async with self._database.connection() as connection:
            return await recording_queries.wanted(connection, stream_ids, self._limit_bytes)
