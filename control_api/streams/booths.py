"""What streams have to know of the booths that some of them are prepared in."""

from datetime import datetime
from typing import Protocol

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId


class BoothNews(Protocol):
    async def mix_changed(self, stream_id: StreamId) -> None:
        """Tell those in the stream's booth that it is not what it was. A hint, which never fails."""


class Booths(Protocol):
    async def is_member(self, connection: Connection, stream_id: StreamId, user_id: UserId) -> bool:
        """Whether the user is one of the DJs of the stream's mix."""

    async def close(self, connection: Connection, stream_id: StreamId, now: datetime) -> None:
        """The stream has ended in this transaction, and its mix with it, if it has one."""
