"""Who may read which chat, and what somebody is to its stream. Whoever has a badge moderates it."""

from control_api.chat.models import Badge
from control_api.db.pool import Connection, Database
from control_api.errors import Forbidden
from control_api.identity import Actor, Role, StreamId, UserId
from control_api.streams.booths import Booths
from control_api.streams.errors import StreamNotFound
from control_api.streams.models import Source, Stream
from control_api.streams.service import StreamService
from control_api.users.service import UserService


class Standing:
    """What chats ask of streams, mixes and users."""

    def __init__(self, database: Database, streams: StreamService, users: UserService, booths: Booths) -> None:
        self._database = database
        self._streams = streams
        self._users = users
        self._booths = booths

    async def readable(self, user_id: UserId | None, stream_id: StreamId) -> Stream:
        """The stream of a chat; None stands for anybody. Raises StreamNotFound."""
        stream = await self._streams.find_visible(stream_id, user_id)
        if stream is None:
            raise StreamNotFound
        return stream

    async def moderated(self, actor: Actor, stream_id: StreamId) -> Stream:
        """The stream of a chat that the actor keeps readable. Raises StreamNotFound, Forbidden."""
        stream = await self.readable(actor.user_id, stream_id)
        async with self._database.connection() as connection:
            badge = await self.badge(connection, stream, actor.user_id, actor.role)
        if badge is None:
            raise Forbidden("Only the creator, the DJs of the mix and administrators moderate this chat.")
        return stream

    async def role(self, user_id: UserId) -> Role:
        """Raises UserNotFound."""
        return (await self._users.get(user_id)).role

    async def badge(self, connection: Connection, stream: Stream, user_id: UserId, role: Role) -> Badge | None:
        if stream.creator_id == user_id:
            return Badge.CREATOR
        if stream.source is Source.MIX and await self._booths.is_member(connection, stream.id, user_id):
            return Badge.DJ
        return Badge.ADMIN if role is Role.ADMIN else None
