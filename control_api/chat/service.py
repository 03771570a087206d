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
from control_api.streams.errors import StreamEnded, StreamNotFound
from control_api.streams.models import Status, Stream
from control_api.streams.service import StreamService
from control_api.users.service import UserService

BURST = 5
EACH = timedelta(seconds=1)


class ChatService:
    """A message is in PostgreSQL before anybody is told of it. How often somebody writes is counted there too, so the
    limit holds over all nodes and outlives an outage of Valkey."""

    def __init__(
        self,
        database: Database,
        streams: StreamService,
        users: UserService,
        standing: Standing,
        announcer: ChatAnnouncer,
        clock: Clock,
    ) -> None:
        self._database = database
        self._streams = streams
        self._users = users
        self._standing = standing
        self._announcer = announcer
        self._clock = clock

    async def send(self, author: UserId, stream_id: StreamId, text: str) -> Message:
        """Raises TextUnfit, StreamNotFound, StreamEnded, ChatNotOpen, ChatSilenced, TooManyMessages."""
        line = clean(text)
        stream = await self._stream(author, stream_id)
        if stream.status is Status.ENDED:
            raise StreamEnded
        if stream.status is not Status.LIVE:
            raise ChatNotOpen
        user = await self._users.get(author)
        async with self._database.transaction() as connection:
            if await queries.is_silenced(connection, stream_id, author):
                raise ChatSilenced
            now = self._clock()
            if not await queries.spend(connection, author, now, each=EACH, burst=BURST):
                raise TooManyMessages(retry_after_s=1)
            badge = await self._standing.badge(connection, stream, author, user.role)
            message = await queries.insert_message(connection, NewMessage(stream_id, author, badge, line, now))
        await self._announcer.message_sent(message)
        return message

    async def read(self, actor: Actor | None, stream_id: StreamId, *, before: int | None, limit: int) -> Reading:
        """The newest `limit` messages with a number below `before`. Raises StreamNotFound."""
        stream = await self._stream(actor.user_id if actor else None, stream_id)
        async with self._database.connection() as connection:
            found = await queries.page_messages(connection, stream_id, before=before, limit=limit + 1)
            if actor is None:
                return Reading(found[:limit], len(found) > limit, may_moderate=False, is_silenced=False)
            badge = await self._standing.badge(connection, stream, actor.user_id, actor.role)
            is_silenced = await queries.is_silenced(connection, stream_id, actor.user_id)
        return Reading(found[:limit], len(found) > limit, may_moderate=badge is not None, is_silenced=is_silenced)

    async def _stream(self, user_id: UserId | None, stream_id: StreamId) -> Stream:
        stream = await self._streams.find_visible(stream_id, user_id)
        if stream is None:
            raise StreamNotFound
        return stream
