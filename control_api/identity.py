"""Who makes a request, and the types of the ids that say so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
StreamId = NewType("StreamId", UUID)
ViewerId = NewType("ViewerId", UUID)


class Role(StrEnum):
    DJ = "dj"
    PERFORMER = "performer"
    VIEWER = "viewer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user as the access token states it, until it expires.

    `session_id` is the refresh-token family the access token came from.
    """

    user_id: UserId
    email: str
    role: Role
    session_id: SessionId
    expires_at: datetime
