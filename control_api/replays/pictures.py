"""The job that keeps a picture of a replay: the first one of a segment that is not its beginning."""

import structlog

from control_api.db.pool import Database
from control_api.jobs.models import Job
from control_api.objects.store import ObjectMissing, Objects
from control_api.replays import queries
from control_api.replays.jobs import replay_of
from control_api.replays.models import Segment
from control_api.replays.picture_process import NoPicture, PictureProcess

PLACE = 0.2
"""How far into the replay: its beginning is often black."""
MAX_SEGMENT_BYTES = 48 * 1024**2

log = structlog.get_logger(__name__)


class ReplayPicture:
    """The job handler. A replay of sound alone has no picture, and needs none."""

    def __init__(self, database: Database, objects: Objects, process: PictureProcess) -> None:
        self._database = database
        self._objects = objects
        self._process = process

    async def run(self, job: Job) -> None:
        """Raises ServiceUnavailable."""
        replay_id = replay_of(job)
        async with self._database.connection() as connection:
            replay = await queries.find(connection, replay_id)
            renditions = (await queries.renditions(connection, [replay_id]))[replay_id]
            video = next((rendition for rendition in renditions if rendition.kind == "video"), None)
            segments = await queries.segments(connection, replay_id, video.name) if video else []
        if replay is None or video is None:
            return
        segment = _segment(segments)
        init = next((init for init in video.inits if segment and init.number == segment.init), None)
        if segment is None or init is None:
            return
        try:
            movie = b"".join(
                [
                    piece
                    for name in (init.object_name, segment.object_name)
                    async for piece in self._objects.pieces(f"{replay.prefix}/{name}")
                ]
            )
            picture = await self._process.draw(movie)
        except (ObjectMissing, NoPicture) as error:
            log.warning("replay_without_picture", replay_id=str(replay_id), cause=type(error).__name__)
            return
        key = f"{replay.prefix}/thumbnail.jpg"
        await self._objects.put(key, picture)
        async with self._database.connection() as connection:
            if await queries.set_thumbnail(connection, replay_id, key):
                return
        # Deleted meanwhile, perhaps after its objects were.
        await self._objects.delete(key)

    async def give_up(self, job: Job) -> None:
        log.error("replay_without_picture", replay_id=str(replay_of(job)), cause="given up")


def _segment(segments: list[Segment]) -> Segment | None:
    fit = [segment for segment in segments if segment.bytes <= MAX_SEGMENT_BYTES]
    return fit[int(len(fit) * PLACE)] if fit else None
