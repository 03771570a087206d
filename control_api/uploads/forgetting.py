"""Uploads that nobody goes on with, and bytes that no upload knows of: deleted."""

from uuid import UUID

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.objects.store import Objects
from control_api.uploads import queries
from control_api.uploads.models import QUARANTINE, UploadId, folder_of


class UploadForgetting:
    """Several processes may do it at a time."""

    def __init__(self, database: Database, objects: Objects, clock: Clock) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    async def forget(self, upload_id: UploadId) -> None:
        """An upload and its bytes."""
        # The row goes last: while it is there, somebody comes again for the objects.
        await self._objects.delete_below(folder_of(upload_id))
        async with self._database.connection() as connection:
            await queries.delete(connection, upload_id)

    async def forget_lapsed(self, limit: int) -> int:
        """What nobody went on with, and what nobody asks for any more; how many they were."""
        async with self._database.connection() as connection:
            lapsed = await queries.lapsed(connection, self._clock(), limit)
        for upload in lapsed:
            await self.forget(upload.id)
        return len(lapsed)

    async def forget_strays(self, limit: int) -> int:
        """Bytes in quarantine whose upload is gone, with the account of its DJ for instance; of how many uploads."""
        found = [_upload_id(prefix) for prefix in await self._objects.folders_of(QUARANTINE)]
        async with self._database.connection() as connection:
            strays = await queries.unknown(connection, [upload_id for upload_id in found if upload_id])
        for upload_id in strays[:limit]:
            await self._objects.delete_below(folder_of(upload_id))
        return len(strays[:limit])


def _upload_id(prefix: str) -> UploadId | None:
    try:
        return UploadId(UUID(prefix.rsplit("/", 1)[-1]))
    except ValueError:
        return None
