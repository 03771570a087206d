"""The jobs of replays by name, and what they are put down with."""

import re
from uuid import UUID

from control_api.jobs.models import Job
from control_api.replays.models import ReplayId

DELETE_REPLAY = "delete_replay"
"""Payload: `prefix`, that of its objects. Put it down in the transaction that deletes the replay."""
DELETE_DOWNLOAD = "delete_replay_download"
"""Payload: `key`."""
REPLAY_PICTURE = "replay_picture"
"""Payload: `replay_id`. Put it down in the transaction that closes the replay."""
REPLAY_DOWNLOAD = "replay_download"
"""Payload: `replay_id`."""

DOWNLOAD_PREFIX = "download-"
"""What the names of files for download begin with, among the objects of their replay."""

UUID_FORM = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PREFIX = re.compile(rf"replays/{UUID_FORM}/{UUID_FORM}/{UUID_FORM}")


def is_prefix(text: str) -> bool:
    """Whether it is what the keys of one replay's objects begin with."""
    return PREFIX.fullmatch(text) is not None


def replay_of(job: Job) -> ReplayId:
    """Which replay a job is about."""
    return ReplayId(UUID(str(job.payload["replay_id"])))
