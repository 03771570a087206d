"""Writing into the chat of a live stream, and reading it."""

from datetime import timedelta

from control_api.chat import queries
from control_api.chat.errors import ChatNotOpen, ChatSilenced, TooManyMessages
from control_api.chat.models import Message, NewMessage, Reading
from control_api.chat.ports import ChatAnnouncer
from control_api.chat.standing import Standing
from control_api.chat.text import clean
from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.identity import Actor, StreamId, UserId
from control_api.streams.errors import StreamEnded
from control_api.streams.models import Status

BURST = 5
EACH = timedelta(seconds=1)


class ChatService:
    """A message is in PostgreSQL before anybody is told of it. How often somebody writes is counted there too, so the
    limit holds over all nodes and outlives an outage of Valkey."""

    def __init__(self, database: Database, standing: Standing, announcer: ChatAnnouncer, clock: Clock) -> None:
        self._database = database
        self._standing = standing
        self._announcer = announcer
        self._clock = clock

    async def send(self, author: UserId, stream_id: StreamId, text: str) -> Message:
        """Raises TextUnfit, StreamNotFound, StreamEnded, ChatNotOpen, ChatSilenced, TooManyMessages."""
        line = clean(text)
        stream = await self._standing.readable(author, stream_id)
        if stream.status is Status.ENDED:
            raise StreamEnded
        if stream.status is not Status.LIVE:
            raise ChatNotOpen
        role = await self._standing.role(author)
        async with self._database.transaction() as connection:
            if await queries.is_silenced(connection, stream_id, author):
                raise ChatSilenced
            now = self._clock()
            if not await queries.spend(connection, author, now, each=EACH, burst=BURST):
                raise TooManyMessages(retry_after_s=1)
            badge = await self._standing.badge(connection, stream, author, role)
            message = await queries.insert_message(connection, NewMessage(stream_id, author, badge, line, now))
        await self._announcer.message_sent(message)
        return message

    async def read(self, actor: Actor | None, stream_id: StreamId, *, before: int | None, limit: int) -> Reading:
        """The newest `limit` messages with a number below `before`. Raises StreamNotFound."""
        stream = await self._standing.readable(actor.user_id if actor else None, stream_id)
        async with self._database.connection() as connection:
            found = await queries.page_messages(connection, stream_id, before=before, limit=limit + 1)
            if actor is None:
                return Reading(found[:limit], len(found) > limit, may_moderate=False, is_silenced=False)
            badge = await self._standing.badge(connection, stream, actor.user_id, actor.role)
            is_silenced = await queries.is_silenced(connection, stream_id, actor.user_id)
        return Reading(found[:limit], len(found) > limit, may_moderate=badge is not None, is_silenced=is_silenced)
