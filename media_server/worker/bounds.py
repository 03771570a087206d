"""How much a worker takes on, as it is configured or as its machine allows."""

from __future__ import annotations

import os

from media_server.sessions.worker_media import RoomLimits
from media_server.settings import WorkerSettings


def transcode_cores(settings: WorkerSettings) -> float:
    """What pictures may take of the machine: as configured, else all cores but one, and one where there is no other."""
    if settings.transcode_cores is not None:
        return settings.transcode_cores
    return float(max(1, len(os.sched_getaffinity(0)) - 1))


def room_limits(settings: WorkerSettings) -> RoomLimits:
    """Of its rooms, and of who comes into them."""
    return RoomLimits(
        max_sessions=settings.max_sessions,
        grace_s=settings.publish_grace_s,
        opus_bitrate_bps=settings.opus_bitrate_bps,
        video_bitrate_bps=settings.video_bitrate_bps,
    )
