"""A track that is analysed anew because its DJ asked for it."""

from uuid import UUID

import structlog

from control_api.db.pool import Database
from control_api.dj.library_news import LibraryNews
from control_api.inspection import queries
from control_api.inspection.findings import Rejected
from control_api.inspection.program import InspectionFailed, InspectionProgram
from control_api.inspection.work_folders import WorkFolders
from control_api.jobs.models import Job
from control_api.objects.store import Objects
from control_api.tracks.models import TrackId

log = structlog.get_logger(__name__)


class AnalyseTrack:
    """The job handler. A track that is gone, or was never ready, is left alone."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        program: InspectionProgram,
        folders: WorkFolders,
        news: LibraryNews,
    ) -> None:
        self._database = database
        self._objects = objects
        self._program = program
        self._folders = folders
        self._news = news

    async def run(self, job: Job) -> None:
        """Raises InspectionFailed, ServiceUnavailable, ObjectMissing."""
        track_id = TrackId(UUID(job.payload["track_id"]))
        async with self._database.connection() as connection:
            subject = await queries.find_subject(connection, track_id)
        if subject is None or subject.original_key is None:
            return
        async with self._folders.folder() as folder:
            await self._objects.fetch(subject.original_key, folder / f"original{subject.suffix}")
            found = await self._program.analyse(folder, subject.suffix)
            if isinstance(found, Rejected):
                raise InspectionFailed(f"a file that was inspected is {found.code} now")
            await self._objects.put_file(subject.key("waveform.bin"), folder / "waveform.bin")
        async with self._database.transaction() as connection:
            current = await queries.lock_subject(connection, track_id)
            if current is not None:
                await queries.set_analysis(connection, subject, found.analysis)
        if current is None:
            await self._objects.delete(subject.key("waveform.bin"))
        else:
            await self._news.track_changed(current.dj_id, current.id, current.status)

    async def give_up(self, job: Job) -> None:
        """The track stays as it was."""
        log.error("track_not_analysed", track=job.payload["track_id"])
