"""Stream keys as PostgreSQL knows them: never the key itself."""

import base64
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from control_api.identity import Role, UserId

StreamKeyId = NewType("StreamKeyId", UUID)

PREFIX = "nrs_"
SECRET_BYTES = 20
FORM = re.compile(r"nrs_[a-z2-7]{32}")
HINT_CHARS = 4


@dataclass(frozen=True, slots=True)
class StreamKey:
    """`hint` is the end of the key."""

    id: StreamKeyId
    creator_id: UserId
    label: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key it is."""

    key_id: StreamKeyId
    user_id: UserId
    username: str
    role: Role


def new_secret() -> str:
    """160 bits of chance, in letters that survive being typed."""
    return PREFIX + base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().lower()
