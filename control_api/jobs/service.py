"""The jobs that wait."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.jobs import queries
from control_api.jobs.models import BACKOFF, LEASE, MAX_ATTEMPTS, MAX_ERROR_CHARS, Job

MAX_PAYLOAD_BYTES = 65_536


class JobQueue:
    """Puts jobs down, and hands them out to workers, each to one at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, connection: Connection, kind: str, payload: Mapping[str, Any]) -> None:
        """Have a job of that kind done once the transaction of `connection` is committed.

        Raises ValueError for a payload that is no JSON, or larger than MAX_PAYLOAD_BYTES.
        """
        text = json.dumps(dict(payload), allow_nan=False)
        if len(text) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"a job's payload has at most {MAX_PAYLOAD_BYTES} bytes")
        await queries.insert(connection, kind, text, self._clock())

    async def is_waiting(self, connection: Connection, kind: str, payload: Mapping[str, Any]) -> bool:
        """Whether the very same job is there already, begun or not."""
        return await queries.is_waiting(connection, kind, json.dumps(dict(payload)))

    async def take(self, kinds: Collection[str]) -> Job | None:
        """The next job of these kinds that is due, leased for LEASE; None when there is none."""
        lease, now = uuid4().hex, self._clock()
        async with self._database.connection() as connection:
            row = await queries.take(connection, kinds, lease, now, now + LEASE)
        return queries.job_of(row, json.loads(row["payload"]), lease) if row else None

    async def renew(self, job: Job) -> bool:
        """Hold it for another LEASE; False when it is another worker's by now."""
        async with self._database.connection() as connection:
            return await queries.renew(connection, job, self._clock() + LEASE)

    async def done(self, job: Job) -> None:
        """Forget it."""
        async with self._database.connection() as connection:
            await queries.delete(connection, job)

    async def put_back(self, job: Job) -> None:
        """It was begun, and may not be ended here: let another worker have it at once."""
        async with self._database.connection() as connection:
            await queries.put_back(connection, job, self._clock())

    async def put_off(self, job: Job, error: str) -> None:
        """It failed: have it tried again later."""
        rest = BACKOFF[min(job.attempts, len(BACKOFF)) - 1]
        async with self._database.connection() as connection:
            await queries.put_off(connection, job, self._clock() + rest, error[:MAX_ERROR_CHARS])

    async def fail(self, job: Job, error: str | None) -> None:
        """It failed for the last time, and is kept for people to look at."""
        async with self._database.connection() as connection:
            await queries.fail(connection, job, self._clock(), error[:MAX_ERROR_CHARS] if error else None)

    async def counts(self) -> Mapping[str, int]:
        """How many are `due`, how many are `waiting` in all, and how many have `failed` for good."""
        async with self._database.connection() as connection:
            return await queries.count(connection, self._clock())


def is_last(job: Job) -> bool:
    """Whether a failure of this attempt is the end of it."""
    return job.attempts >= MAX_ATTEMPTS
