"""Keeping a chat readable: removing messages and silencing people, for those who have a badge in it."""

from control_api.chat import queries
from control_api.chat.errors import MessageNotFound, ModeratorStays
from control_api.chat.models import MessageId, Silenced
from control_api.chat.ports import ChatAnnouncer
from control_api.chat.standing import Standing
from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.identity import Actor, StreamId, UserId


class ModerationService:
    """Also when the stream has ended, since its chat can still be read. Everything raises StreamNotFound, and Forbidden
    for who does not moderate."""

    def __init__(self, database: Database, standing: Standing, announcer: ChatAnnouncer, clock: Clock) -> None:
        self._database = database
        self._standing = standing
        self._announcer = announcer
        self._clock = clock

    async def remove(self, actor: Actor, stream_id: StreamId, message_id: MessageId) -> None:
        """Raises MessageNotFound, also for what was removed before."""
        await self._standing.moderated(actor, stream_id)
        async with self._database.connection() as connection:
            if not await queries.remove_message(connection, stream_id, message_id, actor.user_id, self._clock()):
                raise MessageNotFound
        await self._announcer.message_removed(stream_id, message_id)

    async def silence(self, actor: Actor, stream_id: StreamId, user_id: UserId) -> None:
        """Have the user read this chat and not write in it, until lifted. Raises UserNotFound, ModeratorStays."""
        stream = await self._standing.moderated(actor, stream_id)
        role = await self._standing.role(user_id)
        async with self._database.connection() as connection:
            if await self._standing.badge(connection, stream, user_id, role) is not None:
                raise ModeratorStays
            await queries.silence(connection, stream_id, user_id, actor.user_id, self._clock())

    async def lift(self, actor: Actor, stream_id: StreamId, user_id: UserId) -> None:
        """Let the user write again; nothing changes for who may."""
        await self._standing.moderated(actor, stream_id)
        async with self._database.connection() as connection:
            await queries.lift_silence(connection, stream_id, user_id)

    async def page_silenced(
        self, actor: Actor, stream_id: StreamId, *, offset: int, limit: int
    ) -> tuple[list[Silenced], int]:
        """Those silenced last first, and how many there are."""
        await self._standing.moderated(actor, stream_id)
        async with self._database.connection() as connection:
            return await queries.page_silenced(connection, stream_id, offset=offset, limit=limit)
