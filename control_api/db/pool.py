"""The connections to PostgreSQL: bounded in number and in time, and able to outlive a restart of the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from control_api.errors import ServiceUnavailable

# asyncpg's stubs make this generic; at run time it is not.
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

SERVER_IS_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    # A server that dies between two messages can leave asyncpg's state machine between two states. The pool, which
    # fails to reset such a connection, then throws it away.
    asyncpg.InternalClientError,
)


class Database:
    """A pool that opens without a server and connects when asked.

    Connections that died with the server are replaced at the next use; nothing has to be reset after an outage.
    Waiting for a free connection and connecting are bounded by `timeout_s`, a statement by `command_timeout_s`.
    """

    def __init__(self, dsn: str, *, size: int, timeout_s: float, command_timeout_s: float) -> None:
        self._dsn = dsn
        self._size = size
        self._timeout_s = timeout_s
        self._command_timeout_s = command_timeout_s
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._size,
            timeout=self._timeout_s,
            command_timeout=self._command_timeout_s,
        )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection from the pool. Raises ServiceUnavailable when the server cannot be reached in time, or goes
        away while the connection is used."""
        if self._pool is None:
            raise ServiceUnavailable("postgresql")
        try:
            async with self._pool.acquire(timeout=self._timeout_s) as connection:
                try:
                    yield connection
                except asyncpg.InterfaceError as error:
                    # asyncpg answers with this on a connection that has just been lost, and for our own mistakes.
                    if not _is_lost(connection):
                        raise
                    raise ServiceUnavailable("postgresql") from error
        except SERVER_IS_GONE as error:
            raise ServiceUnavailable("postgresql") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction: committed at the end, rolled back by any exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """Raises ServiceUnavailable unless the server answers a query."""
        async with self.connection() as connection:
            await connection.execute("select 1")


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has noticed before us, and taken the connection out of our hands.
        return True
