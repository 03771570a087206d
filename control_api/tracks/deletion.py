"""The job that takes away the objects of a track that was deleted."""

import re

import structlog

from control_api.jobs.models import Job
from control_api.objects.store import Objects

DELETE_OBJECTS = "delete_objects"
"""Payload: `folder`, that of the track. Put it down in the transaction that deletes the track."""
UUID_FORM = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FOLDER = re.compile(rf"tracks/{UUID_FORM}/\d{{4}}/\d\d/\d\d/{UUID_FORM}")

log = structlog.get_logger(__name__)


class ObjectsDeletion:
    """The job handler. What is gone already is no failure, so it may be done again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        await self._objects.delete_below(_folder(job))

    async def give_up(self, job: Job) -> None:
        # The job is kept with the folder, for people to see to.
        log.error("track_objects_left_behind", folder=_folder(job))


def _folder(job: Job) -> str:
    folder = str(job.payload["folder"])
    if FOLDER.fullmatch(folder) is None:
        # Anything shorter would be the objects of others too.
        raise ValueError(f"{folder!r} is not the folder of a track")
    return folder
