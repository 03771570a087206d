"""The job that takes away the objects of what was deleted."""

import structlog

from control_api.jobs.models import Job
from control_api.objects.store import Objects

DELETE_OBJECTS = "delete_objects"
"""Payload: `keys`, a list. Put it down in the transaction that forgets the keys."""

log = structlog.get_logger(__name__)


class ObjectsDeletion:
    """The handler of DELETE_OBJECTS. An object that is gone already is no failure, so it may be done again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        await self._objects.delete(*_keys(job))

    async def give_up(self, job: Job) -> None:
        # The job is kept with its keys, for people to see to.
        log.error("objects_left_behind", keys=_keys(job))


def _keys(job: Job) -> list[str]:
    keys = job.payload["keys"]
    if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
        raise ValueError("a list of keys was expected")
    return keys
