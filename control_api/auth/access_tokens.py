"""Access tokens: short-lived JWTs, HS256 alone, with the specification's claims."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from control_api.clock import Clock
from control_api.errors import InvalidAccessToken
from control_api.identity import Actor, Role, SessionId, UserId
from control_api.users.models import User

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["userId", "email", "role", "iat", "exp", "sub", "sid"]


class AccessTokens:
    """Signs and reads access tokens. `sid` names the refresh-token family, so that signing out reaches them too."""

    def __init__(self, secret: str, life: timedelta, clock: Clock) -> None:
        self._secret = secret
        self._life = life
        self._clock = clock

    def issue(self, user: User, session_id: SessionId) -> str:
        now = self._clock()
        claims: dict[str, Any] = {
            "userId": str(user.id),
            "sub": str(user.id),
            "email": user.email,
            "role": user.role.value,
            "sid": str(session_id),
            "iat": now,
            "exp": now + self._life,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def read(self, token: str) -> Actor:
        """Raises InvalidAccessToken for everything but a token of ours that has not expired."""
        try:
            # The algorithm is ours to say, never the token's (RFC 8725 §3.1); the expiry is checked on our clock below.
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={"require": REQUIRED_CLAIMS, "verify_exp": False, "verify_iat": False},
            )
            actor = Actor(
                user_id=UserId(UUID(claims["sub"])),
                email=str(claims["email"]),
                role=Role(claims["role"]),
                session_id=SessionId(UUID(claims["sid"])),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise InvalidAccessToken from None
        if actor.expires_at <= self._clock():
            raise InvalidAccessToken
        return actor
