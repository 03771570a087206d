"""Who is in which booth, for parts that know nothing else of mixes."""

from datetime import datetime

from control_api.db.pool import Connection, Database
from control_api.identity import StreamId, UserId
from control_api.mixes import queries


class Membership:
    """Implements `streams.booths.Booths`, and answers signaling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_member(self, connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
        """Of an open mix or a closed one."""
        return await queries.is_member(connection, stream_id, user_id)

    async def close(self, connection: Connection, stream_id: StreamId, now: datetime) -> None:
        await queries.close(connection, stream_id, now)

    async def may_enter(self, stream_id: StreamId, user_id: UserId) -> bool:
        """Whether there is such a mix, it is open, and the user a member. Raises ServiceUnavailable."""
        async with self._database.connection() as connection:
            return await queries.is_member_of_open(connection, stream_id, user_id)
