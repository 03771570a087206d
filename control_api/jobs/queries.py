"""SQL of jobs."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import asyncpg

from control_api.db.pool import Connection
from control_api.jobs.models import Job, JobId


async def insert(connection: Connection, kind: str, payload: str, now: datetime) -> None:
    await connection.execute(
        "insert into job (kind, payload, run_at, created_at) values ($1, $2::jsonb, $3, $3)", kind, payload, now
    )


async def is_waiting(connection: Connection, kind: str, payload: str) -> bool:
    """Whether there is such a job that is not done, and has not failed for good."""
    return bool(
        await connection.fetchval(
            "select exists (select from job where kind = $1 and payload = $2::jsonb and failed_at is null)",
            kind,
            payload,
        )
    )


async def take(
    connection: Connection, kinds: Collection[str], lease: str, now: datetime, until: datetime
) -> asyncpg.Record | None:
    """The job that is due the longest, now leased; its count of attempts grows past MAX_ATTEMPTS when the worker of the
    last one died."""
    return await connection.fetchrow(
        "update job set attempts = attempts + 1, locked_by = $2, locked_until = $4 where id = ("
        " select id from job where failed_at is null and run_at <= $3 and kind = any($1)"
        " and (locked_until is null or locked_until < $3)"
        " order by run_at, id limit 1 for update skip locked"
        ") returning id, kind, payload::text, attempts",
        list(kinds),
        lease,
        now,
        until,
    )


async def renew(connection: Connection, job: Job, until: datetime) -> bool:
    """False when the lease has lapsed and the job is another's."""
    tag = await connection.execute(
        "update job set locked_until = $3 where id = $1 and locked_by = $2", job.id, job.lease, until
    )
    return tag == "UPDATE 1"


async def delete(connection: Connection, job: Job) -> None:
    await connection.execute("delete from job where id = $1 and locked_by = $2", job.id, job.lease)


async def put_back(connection: Connection, job: Job, now: datetime) -> None:
    """As if it had not been taken."""
    await connection.execute(
        "update job set attempts = attempts - 1, locked_by = null, locked_until = null, run_at = $3"
        " where id = $1 and locked_by = $2",
        job.id,
        job.lease,
        now,
    )


async def put_off(connection: Connection, job: Job, run_at: datetime, error: str) -> None:
    await connection.execute(
        "update job set locked_by = null, locked_until = null, run_at = $3, last_error = $4"
        " where id = $1 and locked_by = $2",
        job.id,
        job.lease,
        run_at,
        error,
    )


async def fail(connection: Connection, job: Job, now: datetime, error: str | None) -> None:
    await connection.execute(
        "update job set locked_by = null, locked_until = null, failed_at = $3, last_error = coalesce($4, last_error)"
        " where id = $1 and locked_by = $2",
        job.id,
        job.lease,
        now,
        error,
    )


async def count(connection: Connection, now: datetime) -> Mapping[str, int]:
    row = await connection.fetchrow(
        "select count(*) filter (where failed_at is null and run_at <= $1) as due,"
        " count(*) filter (where failed_at is null) as waiting,"
        " count(*) filter (where failed_at is not null) as failed from job",
        now,
    )
    assert row is not None
    return {"due": row["due"], "waiting": row["waiting"], "failed": row["failed"]}


def job_of(row: asyncpg.Record, payload: Mapping[str, Any], lease: str) -> Job:
    return Job(JobId(row["id"]), row["kind"], payload, row["attempts"], lease)
