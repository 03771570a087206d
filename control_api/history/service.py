"""What a DJ has played, and how much room their files take."""

from control_api.db.pool import Database
from control_api.history import queries
from control_api.history.models import Play, StorageUse
from control_api.identity import StreamId, UserId
from control_api.uploads.service import UploadService


class HistoryService:
    def __init__(self, database: Database, uploads: UploadService, *, recordings_max_bytes: int) -> None:
        self._database = database
        self._uploads = uploads
        self._recordings_max_bytes = recordings_max_bytes

    async def page(
        self, dj_id: UserId, stream_id: StreamId | None, *, offset: int, limit: int
    ) -> tuple[list[Play], int]:
        """Plays of the DJ's tracks, of one set when `stream_id` names it: the newest first, and how many in all."""
        async with self._database.connection() as connection:
            return await queries.page_plays(connection, dj_id, stream_id, offset=offset, limit=limit)

    async def storage(self, dj_id: UserId) -> StorageUse:
        storage = await self._uploads.storage(dj_id)
        async with self._database.connection() as connection:
            counts = await queries.count_files(connection, dj_id)
        return StorageUse(storage.kept + storage.promised, storage.allowed, self._recordings_max_bytes, counts)
