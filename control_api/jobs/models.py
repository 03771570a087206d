"""A job, and what a worker has to know to do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NewType, Protocol
from uuid import UUID

JobId = NewType("JobId", UUID)

MAX_ATTEMPTS = 5
LEASE = timedelta(seconds=60)
"""A worker that has not renewed its lease for this long is taken for dead, and the job is anybody's again."""
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=15))
"""How long a job rests after each failure but the last."""
MAX_ERROR_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Job:
    """`attempts` counts this one. `lease` is the name under which the worker holds it."""

    id: JobId
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    lease: str


class JobHandler(Protocol):
    """Does the jobs of one kind. A job may be done again after it was done, and has to be fit for that."""

    async def run(self, job: Job) -> None:
        """Whatever it raises counts as a failed attempt."""

    async def give_up(self, job: Job) -> None:
        """The last attempt has failed: bring what waits for the job to an end."""
