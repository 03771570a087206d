"""Who is in which booth, for parts that know nothing else of mixes."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from control_api.db.pool import Connection, Database
from control_api.identity import StreamId, UserId
from control_api.mixes import queries


class Membership:
    """Implements `streams.booths.Booths` and `media.intruders.BoothMembers`, and answers signaling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_member(self, connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
        """Of an open mix or a closed one."""
        return await queries.is_member(connection, stream_id, user_id)

    async def members_of_open(
        self, connection: Connection, stream_ids: Collection[StreamId]
    ) -> Mapping[StreamId, AbstractSet[UserId]]:
        return await queries.members_of_open(connection, stream_ids)

    async def close(self, connection: Connection, stream_id: StreamId, now: datetime) -> None:
        await queries.close(connection, stream_id, now)

    async def may_enter(self, stream_id: StreamId, user_id: UserId) -> bool:
        """Whether there is such a mix, it is open, and the user a member. Raises ServiceUnavailable."""
        async with self._database.connection() as connection:
            return await queries.is_member_of_open(connection, stream_id, user_id)
