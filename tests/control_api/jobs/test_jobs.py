"""What is promised about jobs: done at least once, by one worker at a time, five times at most."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from control_api.db.pool import Database
from control_api.jobs.models import BACKOFF, LEASE, MAX_ATTEMPTS, Job
from control_api.jobs.service import JobQueue
from control_api.jobs.worker import JobWorker
from tests.control_api.support.api import MovingClock
from tests.support.waiting import eventually


class Recorder:
    """A handler that remembers what it was given, and does what the test says."""

    def __init__(self, act: Callable[[Job], None] = lambda _: None) -> None:
        self.ran: list[Job] = []
        self.given_up: list[Job] = []
        self.blocked = asyncio.Event()
        self.blocked.set()
        self._act = act

    async def run(self, job: Job) -> None:
        self.ran.append(job)
        await self.blocked.wait()
        self._act(job)

    async def give_up(self, job: Job) -> None:
        self.given_up.append(job)


def refuse(job: Job) -> None:
    raise RuntimeError("it cannot be done")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, size=8, timeout_s=5, command_timeout_s=10)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def queue(database: Database, clock: MovingClock) -> JobQueue:
    return JobQueue(database, clock)


@pytest.fixture
async def working() -> AsyncIterator[Callable[[JobWorker], "asyncio.Task[None]"]]:
    tasks: list[asyncio.Task[None]] = []

    def start(worker: JobWorker) -> "asyncio.Task[None]":
        tasks.append(asyncio.create_task(worker.run()))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def put(database: Database, queue: JobQueue, kind: str = "greet", **payload: object) -> None:
    async with database.transaction() as connection:
        await queue.put(connection, kind, payload)


async def rows(database: Database) -> list[dict[str, object]]:
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch("select * from job")]


async def test_a_job_is_done_and_forgotten(
    database: Database, queue: JobQueue, working: Callable[[JobWorker], "asyncio.Task[None]"]
) -> None:
    handler = Recorder()
    working(JobWorker(queue, {"greet": handler}, concurrency=2))
    await put(database, queue, name="Ada")

    async def is_gone() -> bool:
        return bool(handler.ran) and not await rows(database)

    await eventually(is_gone)
    assert [dict(job.payload) for job in handler.ran] == [{"name": "Ada"}]


async def test_a_job_of_a_transaction_that_fails_is_never_done(database: Database, queue: JobQueue) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as connection:
            await queue.put(connection, "greet", {})
            raise ZeroDivisionError
    assert await rows(database) == []


async def test_two_workers_never_have_the_same_job(database: Database, queue: JobQueue) -> None:
    for number in range(20):
        await put(database, queue, number=number)
    taken = [job for job in await asyncio.gather(*(queue.take({"greet"}) for _ in range(20))) if job]
    assert len({job.id for job in taken}) == len(taken)
    while job := await queue.take({"greet"}):
        taken.append(job)
    assert sorted(job.payload["number"] for job in taken) == list(range(20))


async def test_jobs_of_a_kind_nobody_knows_wait(database: Database, queue: JobQueue) -> None:
    await put(database, queue, "paint")
    assert await queue.take({"greet"}) is None
    assert await queue.take({"paint"}) is not None


async def test_a_job_whose_worker_died_is_done_again_when_the_lease_lapses(
    database: Database, queue: JobQueue, clock: MovingClock
) -> None:
    await put(database, queue)
    first = await queue.take({"greet"})
    assert first is not None
    assert await queue.take({"greet"}) is None
    clock.advance(seconds=LEASE.total_seconds() + 1)
    second = await queue.take({"greet"})
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    assert not await queue.renew(first)
    await queue.done(first)
    assert len(await rows(database)) == 1, "the first worker, back from the dead, has no say any more"
    assert await queue.renew(second)


async def test_a_failed_job_rests_longer_each_time_and_the_fifth_failure_is_kept_and_said(
    database: Database,
    queue: JobQueue,
    clock: MovingClock,
    working: Callable[[JobWorker], "asyncio.Task[None]"],
) -> None:
    handler = Recorder(refuse)
    working(JobWorker(queue, {"greet": handler}, concurrency=1))
    await put(database, queue)
    for attempt, rest in enumerate(BACKOFF, start=1):

        async def has_been_put_off(attempt: int = attempt) -> bool:
            (row,) = await rows(database)
            return row["attempts"] == attempt and row["locked_by"] is None

        await eventually(has_been_put_off)
        assert await queue.take({"greet"}) is None, "it rests"
        clock.advance(seconds=rest.total_seconds() + 1)

    async def has_failed() -> bool:
        (row,) = await rows(database)
        return row["failed_at"] is not None

    await eventually(has_failed)
    assert len(handler.ran) == MAX_ATTEMPTS
    assert len(handler.given_up) == 1
    (row,) = await rows(database)
    assert row["last_error"] == "RuntimeError: it cannot be done"
    assert (await queue.counts())["failed"] == 1


async def test_a_job_that_kills_its_worker_each_time_is_given_up_too(
    database: Database,
    queue: JobQueue,
    clock: MovingClock,
    working: Callable[[JobWorker], "asyncio.Task[None]"],
) -> None:
    await put(database, queue)
    for _ in range(MAX_ATTEMPTS):
        assert await queue.take({"greet"}) is not None
        clock.advance(seconds=LEASE.total_seconds() + 1)
    handler = Recorder()
    working(JobWorker(queue, {"greet": handler}, concurrency=1))
    await eventually(lambda: len(handler.given_up) == 1)
    assert handler.ran == []


async def test_a_worker_that_is_told_to_end_puts_its_job_back_at_once(database: Database, queue: JobQueue) -> None:
    await put(database, queue)
    handler = Recorder()
    handler.blocked.clear()
    task = asyncio.create_task(JobWorker(queue, {"greet": handler}, concurrency=1).run())
    await eventually(lambda: len(handler.ran) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = await queue.take({"greet"})
    assert again is not None
    assert again.attempts == 1, "an attempt that was not let end does not count"


async def test_a_payload_is_bounded(database: Database, queue: JobQueue) -> None:
    with pytest.raises(ValueError, match="65536"):
        await put(database, queue, text="x" * 70_000)
