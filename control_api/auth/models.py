"""Requests and answers of /auth."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import EmailStr, Field, StringConstraints, field_validator

from control_api.api.envelopes import Body, View
from control_api.identity import Role, SessionId
from control_api.users.models import User

Password = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
RefreshTokenText = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class RegisterRequest(Body):
    email: EmailStr
    password: Password
    # An administrator is made by another administrator, never by registering.
    role: Literal["dj", "performer", "viewer"]
    username: str = Field(
        pattern=r"^[A-Za-z0-9_]{3,30}$",
        description="3 to 30 letters, digits and underscores; unique whatever the case.",
    )
    terms_accepted: bool = False


class LoginRequest(Body):
    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    password: Password

    @field_validator("email")
    @classmethod
    def _storable(cls, email: str) -> str:
        # PostgreSQL refuses NUL in text; such an address cannot belong to anyone.
        if "\x00" in email:
            raise ValueError("must be an email address")
        return email


class RefreshRequest(Body):
    refresh_token: RefreshTokenText | None = None


class LogoutRequest(Body):
    refresh_token: RefreshTokenText | None = None


class RegisteredView(View):
    user_id: UUID
    email: str
    role: Role


class UserView(View):
    id: UUID
    email: str
    username: str
    role: Role

    @classmethod
    def of(cls, user: User) -> "UserView":
        return cls(id=user.id, email=user.email, username=user.username, role=user.role)


class LoginView(View):
    access_token: str
    refresh_token: str
    user: UserView


class RefreshView(View):
    access_token: str
    refresh_token: str | None = Field(default=None, description="Null when the token came in the cookie.")
    user: UserView


@dataclass(frozen=True, slots=True)
class StoredRefreshToken:
    """A refresh token as the database knows it, with the state of its family."""

    session_id: SessionId
    user: User
    expires_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The outcome of a log-in or a refresh."""

    user: User
    access_token: str
    refresh_token: str
