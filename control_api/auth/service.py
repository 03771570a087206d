"""Registering, signing in, staying signed in, signing out."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from control_api.auth import queries
from control_api.auth.access_tokens import AccessTokens
from control_api.auth.models import RegisterRequest, SignedIn, StoredRefreshToken
from control_api.auth.passwords import PasswordHasher, check_policy
from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import ApiError, ErrorKind, InvalidAccessToken, RateLimited
from control_api.identity import Actor, Role, SessionId
from control_api.rate_limit import Limit, RateLimiter
from control_api.users.models import NewUser, User
from control_api.users.service import UserService

REFRESH_TOKEN_BYTES = 32

log = structlog.get_logger(__name__)


class InvalidCredentials(ApiError):
    code = "INVALID_CREDENTIALS"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The email address or the password is wrong."


class InvalidRefreshToken(ApiError):
    code = "INVALID_REFRESH_TOKEN"
    kind = ErrorKind.UNAUTHENTICATED
    message = "You are signed out; sign in again."


class RefreshTokenReused(ApiError):
    code = "REFRESH_TOKEN_REUSED"
    kind = ErrorKind.UNAUTHENTICATED
    message = "This refresh token was used before; for safety you were signed out. Sign in again."


class TooManyAttempts(RateLimited):
    code = "TOO_MANY_ATTEMPTS"
    message = "Too many attempts to sign in to this account; try again later."


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """`reuse_grace`: how long a token that was just rotated still gives another child of its family, so that two
    tabs that refresh at the same moment both stay signed in."""

    secret: str
    life: timedelta
    reuse_grace: timedelta


class AuthService:
    def __init__(
        self,
        database: Database,
        users: UserService,
        hasher: PasswordHasher,
        access_tokens: AccessTokens,
        limiter: RateLimiter,
        clock: Clock,
        *,
        refresh: RefreshPolicy,
        attempts: Limit,
    ) -> None:
        self._database = database
        self._users = users
        self._hasher = hasher
        self._access_tokens = access_tokens
        self._limiter = limiter
        self._clock = clock
        self._refresh = refresh
        self._attempts = attempts

    async def register(self, request: RegisterRequest) -> User:
        """Raises WeakPassword, PasswordTooLong, EmailTaken, UsernameTaken."""
        email = request.email.lower()
        check_policy(request.password, email=email, username=request.username)
        new_user = NewUser(
            email=email,
            username=request.username,
            role=Role(request.role),
            password_hash=await self._hasher.hash(request.password),
            terms_accepted_at=self._clock() if request.terms_accepted else None,
        )
        return await self._users.create(new_user)

    async def login(self, email: str, password: str, *, address_key: str) -> SignedIn:
        """Start a session. Raises InvalidCredentials, alike for an unknown address and a wrong password, and
        TooManyAttempts when this account was tried too often from this address."""
        email = email.lower()
        # Counted before the check, so that attempts made at the same moment all count.
        attempts_key = f"{hashlib.sha256(email.encode()).hexdigest()}:{address_key}"
        await self._limiter.spend(self._attempts, attempts_key, error=TooManyAttempts)
        credentials = await self._users.find_credentials(email)
        is_right = await self._hasher.verify(password, credentials.password_hash if credentials else None)
        if credentials is None or not is_right:
            raise InvalidCredentials
        await self._limiter.forget(self._attempts, attempts_key)
        user, now = credentials.user, self._clock()
        async with self._database.transaction() as transaction:
            await queries.delete_expired_sessions(transaction, user.id, now)
            session_id = await queries.insert_session(transaction, user.id, now, now + self._refresh.life)
            refresh_token = await self._issue(transaction, session_id, now)
            await self._users.record_login(transaction, user.id)
        return SignedIn(user, self._access_tokens.issue(user, session_id), refresh_token)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Rotate a refresh token. Raises InvalidRefreshToken; RefreshTokenReused revokes the whole family first."""
        token_hash, now = self._hash(refresh_token), self._clock()
        async with self._database.transaction() as transaction:
            stored = await queries.lock_refresh_token(transaction, token_hash)
            if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
                raise InvalidRefreshToken
            is_reused = self._is_reused(stored, now)
            if is_reused:
                await queries.revoke_session(transaction, stored.session_id, now, "reuse")
            else:
                await queries.mark_rotated(transaction, token_hash, now)
                await queries.delete_expired_tokens(transaction, stored.session_id, now)
                child = await self._issue(transaction, stored.session_id, now)
        # Raised outside, or the transaction would take the revocation back.
        if is_reused:
            log.warning("refresh_token_reused", user_id=str(stored.user.id), session_id=str(stored.session_id))
            raise RefreshTokenReused
        return SignedIn(stored.user, self._access_tokens.issue(stored.user, stored.session_id), child)

    async def logout(self, refresh_token: str) -> None:
        """Revoke the family of the token; one that is not known, or no longer, changes nothing."""
        async with self._database.transaction() as transaction:
            stored = await queries.lock_refresh_token(transaction, self._hash(refresh_token))
            if stored is not None:
                await queries.revoke_session(transaction, stored.session_id, self._clock(), "logout")

    async def authenticate(self, access_token: str) -> Actor:
        """The user behind an access token whose session has not been signed out. Raises InvalidAccessToken."""
        actor = self._access_tokens.read(access_token)
        async with self._database.connection() as connection:
            if not await queries.is_active_session(connection, actor.session_id):
                raise InvalidAccessToken
        return actor

    async def forget_expired(self, limit: int) -> int:
        """Delete at most `limit` sessions whose refresh tokens have expired, and return how many there were."""
        async with self._database.connection() as connection:
            return await queries.delete_any_expired_sessions(connection, self._clock(), limit)

    def _is_reused(self, stored: StoredRefreshToken, now: datetime) -> bool:
        return stored.rotated_at is not None and now - stored.rotated_at > self._refresh.reuse_grace

    async def _issue(self, transaction: Connection, session_id: SessionId, now: datetime) -> str:
        token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        await queries.insert_refresh_token(transaction, self._hash(token), session_id, now, now + self._refresh.life)
        return token

    def _hash(self, refresh_token: str) -> bytes:
        # Keyed, so that a copy of the table alone cannot confirm a guess.
        return hmac.digest(self._refresh.secret.encode(), refresh_token.encode(), "sha256")
