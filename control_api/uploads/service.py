"""Uploads: their room, their bytes, and their end as tracks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.identity import UserId
from control_api.jobs.service import JobQueue
from control_api.objects.store import Objects
from control_api.tracks.models import TrackId
from control_api.uploads import queries
from control_api.uploads.errors import (
    EmptyFile,
    FileTooLarge,
    OffsetConflict,
    QuotaExceeded,
    TooManyUploads,
    UnsupportedFile,
    UploadInterrupted,
    UploadLocked,
    UploadNotFound,
)
from control_api.uploads.file_name import clean_file_name, suffix_of, title_of
from control_api.uploads.forgetting import UploadForgetting
from control_api.uploads.models import (
    INSPECT_TRACK,
    LOCK,
    MAX_UNFINISHED,
    REMEMBERED,
    Upload,
    UploadId,
    folder_of,
)
from control_api.uploads.quarantine import QuarantineWriter
from control_api.uploads.settings import UploadSettings
from control_api.uploads.transfers import Transfers

KEEP_EVERY_S = 10.0
"""What has come is kept at least this often, so that the death of a node costs little."""
RELEASE_S = 2.0


class BodyBroken(Exception):
    """The body of a request ended before its end, or stopped coming. Raised by those who give its pieces."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes of a DJ: of kept originals, set aside for uploads, and allowed."""

    kept: int
    promised: int
    allowed: int


class UploadService:
    """Every method sees the uploads of `dj_id` alone; others' are UploadNotFound."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        jobs: JobQueue,
        forgetting: UploadForgetting,
        settings: UploadSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._objects = objects
        self._jobs = jobs
        self._forgetting = forgetting
        self._clock = clock
        self._lifetime = timedelta(seconds=settings.upload_expires_s)
        self._storage_bytes = settings.dj_storage_bytes
        self.max_bytes = settings.upload_max_bytes
        self._transfers = Transfers(settings.upload_transfers_max)

    async def storage(self, dj_id: UserId) -> Storage:
        async with self._database.connection() as connection:
            kept, promised, _ = await queries.stored_bytes(connection, dj_id)
        return Storage(kept, promised, self._storage_bytes)

    async def create(self, dj_id: UserId, file_name: str, length: int) -> Upload:
        """Set room aside for a file. Raises UnsupportedFile, EmptyFile, FileTooLarge, QuotaExceeded, TooManyUploads."""
        name = clean_file_name(file_name)
        if not suffix_of(name):
            raise UnsupportedFile
        if length < 1:
            raise EmptyFile
        if length > self.max_bytes:
            raise self._too_large()
        async with self._database.transaction() as connection:
            await queries.lock_dj(connection, dj_id)
            kept, promised, uploads = await queries.stored_bytes(connection, dj_id)
            if uploads >= MAX_UNFINISHED:
                raise TooManyUploads
            if kept + promised + length > self._storage_bytes:
                left = max(0, self._storage_bytes - kept - promised)
                raise QuotaExceeded(details={"leftBytes": left, "limitBytes": self._storage_bytes})
            now = self._clock()
            return await queries.insert(connection, dj_id, name, length, now, now + self._lifetime)

    async def get(self, dj_id: UserId, upload_id: UploadId) -> Upload:
        """Raises UploadNotFound."""
        async with self._database.connection() as connection:
            upload = await queries.find(connection, dj_id, upload_id, self._clock())
        if upload is None:
            raise UploadNotFound
        return upload

    async def append(self, dj_id: UserId, upload_id: UploadId, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
        """Take bytes from `offset` on; with the last one, the upload is complete and has a track.

        What came before something went wrong is kept. Raises UploadNotFound, UploadLocked, OffsetConflict, FileTooLarge
        for more bytes than announced, UploadInterrupted, TooManyTransfers, UploadsBusy.
        """
        with self._transfers.slot(dj_id):
            async with self._locked(dj_id, upload_id) as upload:
                if upload.offset_bytes != offset:
                    raise OffsetConflict(details={"offset": upload.offset_bytes})
                if upload.is_complete:
                    return upload
                offset = await self._take(upload, pieces, most=upload.length_bytes)
                if offset < upload.length_bytes:
                    return replace(upload, offset_bytes=offset)
                return await self._complete(upload, offset)

    async def receive(self, dj_id: UserId, file_name: str, most: int, pieces: AsyncIterator[bytes]) -> TrackId:
        """A whole file of unknown length, `most` bytes at most, for which room is set aside. Of a file that does not
        arrive nothing is kept. Raises what `create` and `append` raise."""
        with self._transfers.slot(dj_id):
            upload = await self.create(dj_id, file_name, min(most, self.max_bytes))
            try:
                async with self._locked(dj_id, upload.id) as locked:
                    length = await self._take(locked, pieces, most=locked.length_bytes)
                    complete = await self._complete(locked, length)
            except BaseException:
                await self._forgetting.forget(upload.id)
                raise
        assert complete.track_id is not None
        return complete.track_id

    async def take_back(self, dj_id: UserId, upload_id: UploadId) -> None:
        """Forget an upload and its bytes; of a complete one, only that it was one.

        Raises UploadNotFound, UploadLocked.
        """
        async with self._locked(dj_id, upload_id) as upload:
            if not upload.is_complete:
                await self._objects.delete_below(folder_of(upload_id))
            async with self._database.connection() as connection:
                await queries.delete(connection, upload_id)

    async def _take(self, upload: Upload, pieces: AsyncIterator[bytes], *, most: int) -> int:
        """Write the pieces; where the upload stands then. What has come is kept, also when this raises."""

        async def advance(offset: int) -> None:
            now = self._clock()
            async with self._database.connection() as connection:
                is_ours = await queries.advance(
                    connection, upload, offset, until=now + LOCK, expires_at=now + self._lifetime
                )
            if not is_ours:
                raise UploadLocked

        loop = asyncio.get_running_loop()
        writer = QuarantineWriter(self._objects, upload.id, upload.offset_bytes, advance)
        kept_at = loop.time()
        try:
            async for piece in pieces:
                if writer.offset + len(piece) > most:
                    raise self._too_large()
                await writer.write(piece)
                if loop.time() - kept_at > KEEP_EVERY_S:
                    await writer.keep()
                    kept_at = loop.time()
        except (BodyBroken, FileTooLarge) as error:
            await writer.keep()
            if isinstance(error, FileTooLarge):
                raise
            raise UploadInterrupted from error
        await writer.keep()
        return writer.offset

    async def _complete(self, upload: Upload, length: int) -> Upload:
        if length == 0:
            raise EmptyFile
        async with self._database.transaction() as connection:
            track_id = await self._make_track(connection, upload, length)
            now = self._clock()
            if not await queries.complete(connection, upload, length, track_id, now, now + REMEMBERED):
                raise UploadLocked
        return replace(upload, offset_bytes=length, length_bytes=length, is_complete=True, track_id=track_id)

    async def _make_track(self, connection: Connection, upload: Upload, length: int) -> TrackId:
        track_id = await queries.insert_track(
            connection,
            upload.dj_id,
            upload.file_name,
            suffix_of(upload.file_name),
            title_of(upload.file_name),
            length,
            self._clock(),
        )
        payload = {"track_id": str(track_id), "upload_id": str(upload.id), "length_bytes": length}
        await self._jobs.put(connection, INSPECT_TRACK, payload)
        return track_id

    @asynccontextmanager
    async def _locked(self, dj_id: UserId, upload_id: UploadId) -> AsyncIterator[Upload]:
        """Hold an upload; nobody else writes to it meanwhile. Raises UploadNotFound, UploadLocked."""
        lock, now = uuid4().hex, self._clock()
        async with self._database.connection() as connection:
            upload = await queries.take_lock(connection, dj_id, upload_id, lock, now, now + LOCK)
            if upload is None:
                known = await queries.find(connection, dj_id, upload_id, now)
                raise UploadNotFound if known is None else UploadLocked
        try:
            yield upload
        finally:
            async with asyncio.timeout(RELEASE_S), self._database.connection() as connection:
                await queries.release_lock(connection, upload)

    def _too_large(self) -> FileTooLarge:
        return FileTooLarge(f"A file may have {self.max_bytes // 1024**2} MB.", details={"limitBytes": self.max_bytes})
