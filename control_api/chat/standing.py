"""What somebody is to a stream. Whoever has a badge moderates its chat."""

from control_api.chat.models import Badge
from control_api.db.pool import Connection
from control_api.identity import Role, UserId
from control_api.streams.booths import Booths
from control_api.streams.models import Source, Stream


class Standing:
    def __init__(self, booths: Booths) -> None:
        self._booths = booths

    async def badge(self, connection: Connection, stream: Stream, user_id: UserId, role: Role) -> Badge | None:
        if stream.creator_id == user_id:
            return Badge.CREATOR
        if stream.source is Source.MIX and await self._booths.is_member(connection, stream.id, user_id):
            return Badge.DJ
        return Badge.ADMIN if role is Role.ADMIN else None
