"""Accounts as rows and as views."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from control_api.api.envelopes import View
from control_api.identity import Role, UserId


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    email: str
    username: str
    role: Role
    verified: bool
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewUser:
    email: str
    username: str
    role: Role
    password_hash: str
    terms_accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    user: User
    password_hash: str


class ProfileView(View):
    id: UUID
    email: str
    username: str
    role: Role
    verified: bool
    created_at: datetime
    last_login: datetime | None

    @classmethod
    def of(cls, user: User) -> "ProfileView":
        return cls(
            id=user.id,
            email=user.email,
            username=user.username,
            role=user.role,
            verified=user.verified,
            created_at=user.created_at,
            last_login=user.last_login_at,
        )
