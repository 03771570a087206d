"""Messages as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from control_api.identity import Role, StreamId, UserId

MessageId = NewType("MessageId", UUID)


class Badge(StrEnum):
    """What an author is to the stream: its CREATOR, one of the other DJs of its mix, or an administrator."""

    CREATOR = "creator"
    DJ = "dj"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Message:
    """`number` grows from message to message; an author is known by the username, never by the email address."""

    id: MessageId
    number: int
    stream_id: StreamId
    user_id: UserId
    username: str
    role: Role
    badge: Badge | None
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class NewMessage:
    stream_id: StreamId
    user_id: UserId
    badge: Badge | None
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Messages, the newest first, and what their reader may do."""

    messages: list[Message]
    has_more: bool
    may_moderate: bool
    is_silenced: bool


@dataclass(frozen=True, slots=True)
class Silenced:
    user_id: UserId
    username: str
    silenced_at: datetime
