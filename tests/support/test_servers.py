"""Claims about the databases that tests are given."""

from __future__ import annotations

import asyncpg
import pytest

from tests.support.servers import PostgresForTests

SOMEBODY = """
insert into app_user (email, username, password_hash, role)
values ('a@example.com', 'somebody', '', 'viewer')
"""
TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_migration'"


async def test_a_database_that_was_used_is_given_to_the_next_test_without_a_row(postgres: PostgresForTests) -> None:
    async with postgres.database(migrated=True) as url:
        before = await asyncpg.connect(url)
        await before.execute(SOMEBODY)
        assert await before.fetchval("select nextval('chat_message_number_seq')") == 1
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await before.fetch("select from app_user")
    async with postgres.database(migrated=True) as again:
        assert again == url
        after = await asyncpg.connect(again)
        for (table,) in await after.fetch(TABLES):
            assert await after.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608 - names of tables
        assert await after.fetchval("select nextval('chat_message_number_seq')") == 1
        assert await after.fetchval("select count(*) from schema_migration") > 0
        await after.close()


async def test_two_at_once_are_two(postgres: PostgresForTests) -> None:
    async with postgres.database(migrated=True) as one, postgres.database(migrated=True) as other:
        assert one != other
