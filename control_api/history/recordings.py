"""A DJ's recordings: the mix as FLAC, and its cue sheet."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from control_api.api.files import File
from control_api.db.pool import Database
from control_api.history import queries
from control_api.history.deletion import DELETE_RECORDING
from control_api.history.errors import RecordingNotFound
from control_api.history.models import Recording, RecordingId
from control_api.identity import UserId
from control_api.jobs.service import JobQueue
from control_api.objects.store import ObjectMissing, Objects

FLAC = "audio/flac"
CUE_SHEET = "application/x-cue"
MAX_CUE_SHEET_BYTES = 1024 * 1024


class RecordingService:
    """Every method that takes a `dj_id` sees the recordings of that DJ alone; others' are RecordingNotFound."""

    def __init__(self, database: Database, objects: Objects, jobs: JobQueue) -> None:
        self._database = database
        self._objects = objects
        self._jobs = jobs

    async def page(self, dj_id: UserId, *, offset: int, limit: int) -> tuple[list[Recording], int]:
        """The newest first, and how many there are in all."""
        async with self._database.connection() as connection:
            return await queries.page_recordings(connection, dj_id, offset=offset, limit=limit)

    async def download(self, dj_id: UserId, recording_id: RecordingId) -> File:
        """The mix to keep. Raises RecordingNotFound."""
        return await self._flac(await self._own(dj_id, recording_id))

    async def linked(self, recording_id: RecordingId) -> File:
        """The mix, for who has shown a link to it. Raises RecordingNotFound."""
        async with self._database.connection() as connection:
            recording = await queries.find_any_recording(connection, recording_id)
        if recording is None:
            raise RecordingNotFound
        return await self._flac(recording)

    async def cue_sheet(self, dj_id: UserId, recording_id: RecordingId) -> File:
        """Raises RecordingNotFound."""
        recording = await self._own(dj_id, recording_id)
        key = recording.cue_sheet_key
        with _missing():
            length = min(await self._objects.size(key), MAX_CUE_SHEET_BYTES)
        return self._file(recording, key, length, CUE_SHEET, "cue")

    async def delete(self, dj_id: UserId, recording_id: RecordingId) -> None:
        """Forget it; its objects go with a job. Raises RecordingNotFound."""
        async with self._database.transaction() as connection:
            keys = await queries.delete_recording(connection, dj_id, recording_id)
            if keys is None:
                raise RecordingNotFound
            await self._jobs.put(connection, DELETE_RECORDING, {"keys": keys})

    async def _flac(self, recording: Recording) -> File:
        with _missing():
            length = await self._objects.size(recording.object_key)
        return self._file(recording, recording.object_key, length, FLAC, "flac")

    def _file(self, recording: Recording, key: str, length: int, content_type: str, suffix: str) -> File:
        def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            return self._objects.pieces(key, start=start, length=length)

        name = f"{recording.stream_title} {recording.started_at:%Y-%m-%d %H.%M}.{suffix}"
        return File(content_type, length, pieces, f"{recording.id}-{suffix}-{length}", download_as=name)

    async def _own(self, dj_id: UserId, recording_id: RecordingId) -> Recording:
        async with self._database.connection() as connection:
            recording = await queries.find_recording(connection, dj_id, recording_id)
        if recording is None:
            raise RecordingNotFound
        return recording


@contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except ObjectMissing as error:
        raise RecordingNotFound("This recording was lost.") from error
