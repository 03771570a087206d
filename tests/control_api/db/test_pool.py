"""The pool says that the server is gone, whatever it does to a connection that is in use."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from control_api.db.pool import Database
from control_api.errors import ServiceUnavailable
from tests.support.servers import OwnPostgres


async def opened(postgres: OwnPostgres) -> Database:
    database = Database(postgres.dsn("postgres"), size=2, timeout_s=2.0, command_timeout_s=2.0)
    await database.open()
    return database


async def test_a_server_that_dies_before_the_first_query_of_a_transaction_is_unavailable(
    own_postgres: OwnPostgres,
) -> None:
    database = await opened(own_postgres)

    async def lose_it() -> None:
        async with database.transaction() as transaction:
            own_postgres.kill()
            # The pool hears of it meanwhile, and takes the connection away.
            await asyncio.sleep(0.2)
            await transaction.fetch("select 1")

    try:
        with pytest.raises(ServiceUnavailable):
            await lose_it()
        own_postgres.start()
        await database.ping()
    finally:
        await database.close()


async def test_a_mistake_of_ours_is_no_outage(own_postgres: OwnPostgres) -> None:
    database = await opened(own_postgres)

    async def ask_wrongly() -> None:
        async with database.connection() as connection:
            await connection.fetch("select $1::int", 1, 2)

    try:
        with pytest.raises(asyncpg.InterfaceError):
            await ask_wrongly()
    finally:
        await database.close()
