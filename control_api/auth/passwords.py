"""Hashing of passwords with bcrypt, off the event loop, and the rules a new one has to meet."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from control_api.errors import ErrorKind, FieldError, ServiceUnavailable

Result = TypeVar("Result")

MIN_CHARS = 8
MAX_BYTES = 72  # bcrypt reads no further, and version 5 refuses to guess.
THREADS = 2
MAX_WAITING = 64
# The passwords that are tried first everywhere; a real list belongs to a breach service.
COMMON = frozenset(
    {
        "password", "password1", "password12", "password123", "passw0rd", "12345678", "123456789", "1234567890",
        "qwertyui", "qwerty123", "qwertyuiop", "1q2w3e4r", "1q2w3e4r5t", "iloveyou", "sunshine", "princess",
        "football", "baseball", "superman", "trustno1", "letmein1", "welcome1", "abc12345", "abcd1234",
        "11111111", "00000000", "87654321", "changeme", "admin123", "administrator",
    }
)  # fmt: skip


class WeakPassword(FieldError):
    field = "password"
    code = "WEAK_PASSWORD"
    kind = ErrorKind.INVALID
    message = "This password is too easy to guess."


class PasswordTooLong(FieldError):
    field = "password"
    code = "PASSWORD_TOO_LONG"
    kind = ErrorKind.INVALID
    message = f"A password may have at most {MAX_BYTES} bytes; letters outside ASCII take two to four each."


def check_policy(password: str, *, email: str, username: str) -> None:
    """Length, and nothing that is guessed first (NIST SP 800-63B §5.1.1.2). Raises WeakPassword, PasswordTooLong."""
    if "\x00" in password:
        raise WeakPassword("A password may not contain the NUL character.")
    if len(password) < MIN_CHARS:
        raise WeakPassword(f"A password needs at least {MIN_CHARS} characters.")
    if len(_encode(password)) > MAX_BYTES:
        raise PasswordTooLong
    lowered = password.casefold()
    if lowered in COMMON or len(set(lowered)) < 3:
        raise WeakPassword("This password is one of the first that are tried; choose another.")
    for name in (email.partition("@")[0], email, username):
        if lowered == name.casefold():
            raise WeakPassword("The password is the same as your name or address.")


class PasswordHasher:
    """bcrypt in THREADS threads. At most MAX_WAITING wait; beyond that a caller is told to come back later."""

    def __init__(self, cost: int) -> None:
        self._cost = cost
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="bcrypt")
        self._waiting = 0
        self._nobodys_hash = bcrypt.hashpw(b"nobody", bcrypt.gensalt(cost)).decode()

    async def hash(self, password: str) -> str:
        """The password must have passed check_policy. Raises ServiceUnavailable when too many wait."""
        return (await self._run(_hash, _encode(password), self._cost)).decode()

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password fits; for an unknown user (None) False after the same time.

        Raises ServiceUnavailable when too many wait.
        """
        encoded = _encode(password)
        # No stored password is longer or has a NUL, so the answer is no; it takes as long as any other no.
        could_fit = len(encoded) <= MAX_BYTES and b"\x00" not in encoded and password_hash is not None
        candidate = encoded if could_fit else b"anything"
        fits = await self._run(bcrypt.checkpw, candidate, (password_hash or self._nobodys_hash).encode())
        return could_fit and fits

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        if self._waiting >= MAX_WAITING:
            raise ServiceUnavailable("bcrypt")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        finally:
            self._waiting -= 1


def _encode(password: str) -> bytes:
    # The same password typed on different systems may arrive composed or decomposed (NIST SP 800-63B §5.1.1.2).
    return unicodedata.normalize("NFKC", password).encode()


def _hash(password: bytes, cost: int) -> bytes:
    return bcrypt.hashpw(password, bcrypt.gensalt(cost))
