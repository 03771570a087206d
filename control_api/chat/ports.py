"""What the chat needs from the rest of the process."""

from typing import Protocol

from control_api.chat.models import Message, MessageId
from control_api.identity import StreamId


class ChatAnnouncer(Protocol):
    """Tells those who watch the stream, on every node. Hints: who may have missed some reads the chat again."""

    async def message_sent(self, message: Message) -> None:
        """It is in PostgreSQL already."""

    async def message_removed(self, stream_id: StreamId, message_id: MessageId) -> None: ...


class NobodyReads:
    """The announcer of a process that carries no Socket.IO server."""

    async def message_sent(self, message: Message) -> None:
        return None

    async def message_removed(self, stream_id: StreamId, message_id: MessageId) -> None:
        return None
