"""Claims about migrations, on a real PostgreSQL."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from control_api.db.migrate import MIGRATIONS, MigrationError, migrate, read_migrations


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "0001_a.sql").write_text("create table a (id integer);")
    (tmp_path / "0002_b.sql").write_text("create table b (id integer); insert into b values (1);")
    return tmp_path


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_the_projects_own_migrations_apply_to_an_empty_database(empty_database_url: str) -> None:
    assert await migrate(empty_database_url) == [migration.name for migration in read_migrations(MIGRATIONS)]
    assert await migrate(empty_database_url) == []


async def test_several_processes_that_migrate_at_once_apply_each_file_once(
    empty_database_url: str, directory: Path
) -> None:
    results = await asyncio.gather(*(migrate(empty_database_url, directory=directory) for _ in range(4)))
    assert sorted(results, key=len) == [[], [], [], ["0001_a.sql", "0002_b.sql"]]
    assert await fetch(empty_database_url, "select count(*) from b") == 1


async def test_only_new_files_are_applied_to_a_database_that_has_the_old_ones(
    empty_database_url: str, directory: Path
) -> None:
    await migrate(empty_database_url, directory=directory)
    (directory / "0003_c.sql").write_text("create table c (id integer);")
    assert await migrate(empty_database_url, directory=directory) == ["0003_c.sql"]


async def test_a_file_changed_after_it_was_applied_is_refused(empty_database_url: str, directory: Path) -> None:
    await migrate(empty_database_url, directory=directory)
    (directory / "0001_a.sql").write_text("create table a (id bigint);")
    with pytest.raises(MigrationError, match=r"0001_a\.sql was changed"):
        await migrate(empty_database_url, directory=directory)


async def test_a_database_newer_than_the_files_is_refused(empty_database_url: str, directory: Path) -> None:
    await migrate(empty_database_url, directory=directory)
    (directory / "0002_b.sql").unlink()
    with pytest.raises(MigrationError, match=r"0002_b\.sql was applied"):
        await migrate(empty_database_url, directory=directory)


async def test_a_file_that_fails_leaves_nothing_of_itself_behind(empty_database_url: str, directory: Path) -> None:
    (directory / "0003_c.sql").write_text("create table c (id integer); select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database_url, directory=directory)
    assert await fetch(empty_database_url, "select to_regclass('c')") is None
    (directory / "0003_c.sql").write_text("create table c (id integer);")
    assert await migrate(empty_database_url, directory=directory) == ["0003_c.sql"]


@pytest.mark.parametrize("name", ["0004_gap.sql", "0002_twice.sql", "init.sql"])
def test_names_and_numbers_that_do_not_fit_are_refused(directory: Path, name: str) -> None:
    (directory / name).write_text("select 1;")
    with pytest.raises(MigrationError):
        read_migrations(directory)
