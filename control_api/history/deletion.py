"""The job that takes away the objects of a recording that was deleted."""

import re

import structlog

from control_api.jobs.models import Job
from control_api.objects.store import Objects

DELETE_RECORDING = "delete_recording"
"""Payload: `keys`. Put it down in the transaction that deletes the recording."""
UUID_FORM = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KEY = re.compile(rf"recordings/{UUID_FORM}/{UUID_FORM}/{UUID_FORM}\.(flac|cue)")

log = structlog.get_logger(__name__)


class RecordingDeletion:
    """The job handler. What is gone already is no failure, so it may be done again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        """Raises ServiceUnavailable."""
        await self._objects.delete(*_keys(job))

    async def give_up(self, job: Job) -> None:
        # The job is kept with the keys, for people to see to.
        log.error("recording_left_behind", keys=_keys(job))


def _keys(job: Job) -> list[str]:
    keys = [str(key) for key in job.payload["keys"]]
    for key in keys:
        if KEY.fullmatch(key) is None:
            raise ValueError(f"{key!r} is no object of a recording")
    return keys
