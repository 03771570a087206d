"""The chat beside a stream: what may be written, and what those who watch are told of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from signaling.connections import Connection
from signaling.messages import ChatSend, EventError, parse, stream_room
from signaling.ports import Chat, ChatMessage, ChatRefused, StateUnavailableError

CHAT_MESSAGE: Final = "chat:message"
CHAT_REMOVED: Final = "chat:removed"
CHAT_MISSED: Final = "chat:missed"

EmitToRoom = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""Sends to a room, as an event, this payload; on every node."""


class ChatEvents:
    """The handler of `chat:send`, in `handlers`, and the announcements."""

    def __init__(self, chat: Chat, emit: EmitToRoom, timeout_s: float) -> None:
        self._chat = chat
        self._emit = emit
        self._timeout_s = timeout_s
        self.handlers = {"chat:send": self._send}

    async def message_sent(self, message: ChatMessage) -> None:
        await self._emit(stream_room(message.stream_id), CHAT_MESSAGE, message_payload(message))

    async def message_removed(self, stream_id: UUID, message_id: UUID) -> None:
        payload = {"streamId": str(stream_id), "messageId": str(message_id)}
        await self._emit(stream_room(stream_id), CHAT_REMOVED, payload)

    async def _send(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        wish = parse(ChatSend, arguments)
        author = connection.known_user()
        if author is None:
            if connection.identity is None:
                raise EventError("UNAUTHENTICATED", "Sign in first.")
            raise EventError("INVALID_TOKEN", "The access token has expired.")
        try:
            async with asyncio.timeout(self._timeout_s):
                message = await self._chat.send(wish.stream_id, author, wish.text)
        except ChatRefused as refusal:
            raise EventError(refusal.code, refusal.message) from None
        except (StateUnavailableError, OSError, TimeoutError):
            raise EventError("SERVICE_UNAVAILABLE", "Nothing can be written now; try again in a moment.") from None
        return message_payload(message)


def message_payload(message: ChatMessage) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "number": message.number,
        "streamId": str(message.stream_id),
        "userId": str(message.user_id),
        "username": message.username,
        "role": message.role,
        "badge": message.badge,
        "text": message.text,
        "sentAt": message.sent_at.isoformat().replace("+00:00", "Z"),
    }
