"""The jobs that take away the objects of replays that were deleted, and of downloads that are not all of theirs."""

import re

import structlog

from control_api.jobs.models import Job
from control_api.objects.store import Objects
from control_api.replays.jobs import DOWNLOAD_PREFIX, PREFIX, is_prefix

DOWNLOAD_KEY = re.compile(rf"{PREFIX.pattern}/{DOWNLOAD_PREFIX}[0-9a-f]{{32}}\.mp4")

log = structlog.get_logger(__name__)


class ReplayDeletion:
    """The job handler. What is gone already is no failure, so it may be done again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        """Raises ServiceUnavailable."""
        await self._objects.delete_below(_prefix(job))

    async def give_up(self, job: Job) -> None:
        # The job is kept, for people to see to.
        log.error("replay_left_behind", job=str(job.id))


class DownloadDeletion:
    """The job handler. What is gone already is no failure, so it may be done again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        """Raises ServiceUnavailable."""
        await self._objects.delete(_key(job))

    async def give_up(self, job: Job) -> None:
        # The job is kept, for people to see to.
        log.error("download_left_behind", job=str(job.id))


def _prefix(job: Job) -> str:
    prefix = str(job.payload["prefix"])
    if not is_prefix(prefix):
        raise ValueError(f"{prefix!r} is no prefix of a replay")
    return prefix


def _key(job: Job) -> str:
    key = str(job.payload["key"])
    if DOWNLOAD_KEY.fullmatch(key) is None:
        raise ValueError(f"{key!r} is no download of a replay")
    return key
