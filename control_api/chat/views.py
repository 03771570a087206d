"""Requests and answers about chats."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from control_api.api.envelopes import Body, Parameters, View
from control_api.chat.models import Badge, Message, Reading, Silenced
from control_api.identity import Role

MAX_PAGE = 200
LARGEST_NUMBER = 2**63 - 1


class ChatPath(Parameters):
    stream_id: UUID


class MessagePath(ChatPath):
    message_id: UUID


class SilencedPath(ChatPath):
    user_id: UUID


class SendRequest(Body):
    stream_id: UUID
    # What is left of it when it is cleaned has 1 to 500 characters.
    text: Annotated[str, StringConstraints(max_length=2_000)]


class SilenceRequest(Body):
    user_id: UUID


class HistoryQuery(Parameters):
    before: int | None = Field(
        default=None, ge=1, le=LARGEST_NUMBER, description="The `number` that those wanted are below."
    )
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)


class MessageView(View):
    id: UUID
    number: int = Field(description="Grows from message to message: their order.")
    stream_id: UUID
    user_id: UUID
    username: str
    role: Role
    badge: Badge | None = Field(description="What the author was to the stream when writing.")
    text: str
    sent_at: datetime

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls(
            id=message.id,
            number=message.number,
            stream_id=message.stream_id,
            user_id=message.user_id,
            username=message.username,
            role=message.role,
            badge=message.badge,
            text=message.text,
            sent_at=message.sent_at,
        )


class SentView(View):
    message: MessageView


class ChatView(View):
    messages: list[MessageView] = Field(description="The newest first.")
    has_more: bool
    may_moderate: bool
    is_silenced: bool

    @classmethod
    def of(cls, reading: Reading) -> "ChatView":
        return cls(
            messages=[MessageView.of(message) for message in reading.messages],
            has_more=reading.has_more,
            may_moderate=reading.may_moderate,
            is_silenced=reading.is_silenced,
        )


class SilencedView(View):
    user_id: UUID
    username: str
    silenced_at: datetime

    @classmethod
    def of(cls, silenced: Silenced) -> "SilencedView":
        return cls(user_id=silenced.user_id, username=silenced.username, silenced_at=silenced.silenced_at)
