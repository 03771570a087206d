"""What signaling needs from the rest of the product, declared here so that it imports none of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


class StreamState(Protocol):
    """A stream as those who watch it may see it. Statuses and media states are those of ARCHITECTURE.md."""

    @property
    def stream_id(self) -> UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def media_state(self) -> str: ...
    @property
    def viewer_count(self) -> int: ...
    @property
    def ended_reason(self) -> str | None: ...


class StateUnavailableError(Exception):
    """The state cannot be read now; the client is told to try again."""


class StreamStates(Protocol):
    """Reads the current state of a stream from where it is kept."""

    async def state_for(self, stream_id: UUID, user_id: UUID | None) -> StreamState | None:
        """The state, or None when there is no such stream or `user_id` (None: anonymous) may not see it.

        Raises StateUnavailableError, OSError or TimeoutError when it cannot be known now.
        """


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an access token stands for, until it expires."""

    user_id: UUID
    expires_at: datetime


class AccessTokens(Protocol):
    async def verify(self, token: str) -> Identity | None:
        """The holder of an access token, or None when it is not valid."""


class ChatMessage(Protocol):
    """What somebody has written. Roles and badges are those of ARCHITECTURE.md."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def stream_id(self) -> UUID: ...
    @property
    def user_id(self) -> UUID: ...
    @property
    def username(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def badge(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def sent_at(self) -> datetime: ...


class ChatRefused(Exception):
    """What was written is not taken, with the stable code and the sentence for its author."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Chat(Protocol):
    async def send(self, stream_id: UUID, author: UUID, text: str) -> ChatMessage:
        """Keep what `author` writes, and announce it.

        Raises ChatRefused; and StateUnavailableError, OSError or TimeoutError when it cannot be kept now.
        """


class MixMembers(Protocol):
    async def may_enter(self, stream_id: UUID, user_id: UUID) -> bool:
        """Whether there is such a mix, it is open, and the user is a member of it.

        Raises StateUnavailableError, OSError or TimeoutError when it cannot be known now.
        """
