"""Takes a track from processing to ready, held or rejected."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from control_api.db.pool import Connection, Database
from control_api.dj.library_news import LibraryNews
from control_api.inspection import queries
from control_api.inspection.clamd import Clamd
from control_api.inspection.findings import Inspected, Rejected
from control_api.inspection.models import (
    DUPLICATE,
    FAILED_SENTENCE,
    GIVEN_UP_SENTENCE,
    INSPECTION_FAILED,
    MALWARE,
    Kept,
    Problem,
    Scans,
    Subject,
)
from control_api.inspection.program import InspectionFailed, InspectionProgram
from control_api.inspection.register import FingerprintRegister
from control_api.inspection.work_folders import WorkFolders
from control_api.jobs.models import Job
from control_api.objects.store import Objects
from control_api.tracks.models import TrackId, TrackStatus
from control_api.uploads.models import UploadId, folder_of, parts_of

CLEAN = "clean"

log = structlog.get_logger(__name__)


class InspectTrack:
    """The job handler. What it does it may do again: the end is one transaction, and objects have fixed names."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        program: InspectionProgram,
        register: FingerprintRegister,
        folders: WorkFolders,
        clamd: Clamd | None,
        news: LibraryNews,
    ) -> None:
        self._database = database
        self._objects = objects
        self._program = program
        self._register = register
        self._folders = folders
        self._clamd = clamd
        self._news = news

    async def run(self, job: Job) -> None:
        """Raises ClamdUnavailable, ServiceUnavailable and ObjectMissing: nothing is decided then."""
        sent = _Sent.of(job.payload)
        subject = await self._waiting(sent.track_id)
        if subject is not None:
            async with self._folders.folder() as folder:
                await self._inspect(subject, sent, folder)
            await self._tell(subject)
        await self._objects.delete_below(folder_of(sent.upload_id))

    async def give_up(self, job: Job) -> None:
        sent = _Sent.of(job.payload)
        subject = await self._waiting(sent.track_id)
        if subject is not None:
            await self._reject(subject, Problem(INSPECTION_FAILED, GIVEN_UP_SENTENCE), Scans())
            await self._tell(subject)
        await self._objects.delete_below(folder_of(sent.upload_id))

    async def _tell(self, subject: Subject) -> None:
        """Have the DJ's browsers hear what was decided, unless the track was deleted meanwhile."""
        async with self._database.connection() as connection:
            current = await queries.find_subject(connection, subject.id)
        if current is not None:
            await self._news.track_changed(current.dj_id, current.id, current.status)

    async def _waiting(self, track_id: TrackId) -> Subject | None:
        """None when the track was decided upon before, or deleted."""
        async with self._database.connection() as connection:
            subject = await queries.find_subject(connection, track_id)
        return subject if subject is not None and subject.status is TrackStatus.PROCESSING else None

    async def _inspect(self, subject: Subject, sent: "_Sent", folder: Path) -> None:
        file = folder / f"original{subject.suffix}"
        for key in parts_of(sent.upload_id, sent.length_bytes):
            await self._objects.fetch(key, file)
        content_id = await asyncio.to_thread(_sha256, file)
        async with self._database.connection() as connection:
            duplicate = await self._duplicate(connection, subject, content_id)
        if duplicate is not None:
            await self._reject(subject, *duplicate)
            return
        scans = Scans()
        if self._clamd is not None:
            name = await self._clamd.find(file)
            scans = Scans(clamav=name or CLEAN)
            if name is not None:
                await self._reject(subject, Problem(MALWARE, "ClamAV knows this file as malware."), scans)
                return
        try:
            found = await self._program.inspect(folder, subject.suffix)
        except InspectionFailed as error:
            log.warning("track_not_inspected", track=str(subject.id), reason=str(error))
            await self._reject(subject, Problem(INSPECTION_FAILED, FAILED_SENTENCE), scans)
            return
        scans = replace(scans, rules=tuple(found.scan.rules))
        if isinstance(found, Rejected):
            await self._reject(subject, Problem(found.code, found.message), scans)
        else:
            await self._keep(subject, found, scans, folder)

    async def _keep(self, subject: Subject, found: Inspected, scans: Scans, folder: Path) -> None:
        problem, scans = await self._compare(subject, found, scans)
        await self._objects.put_file(subject.original, folder / f"original{subject.suffix}")
        names = ["audio.mp3", "waveform.bin", *(["cover.jpg"] if found.has_cover else [])]
        for name in names:
            await self._objects.put_file(subject.key(name), folder / name)
        size = (await asyncio.to_thread((folder / "audio.mp3").stat)).st_size
        kept = Kept(found, size, subject.key("cover.jpg") if found.has_cover else None)
        async with self._database.transaction() as connection:
            is_kept = await self._conclude(connection, subject, kept, problem, scans)
        if not is_kept:
            await self._objects.delete_below(subject.folder)

    async def _compare(self, subject: Subject, found: Inspected, scans: Scans) -> tuple[Problem | None, Scans]:
        """Whose it is. Comparing may take seconds, so nothing is locked meanwhile."""
        same = await self._register.find_same_recording(subject, found.fingerprint, found.analysis.duration_s)
        if same is not None:
            scans = replace(scans, same_recording_as=TrackId(same.id))
        claim = await self._register.find_claim(found.fingerprint)
        if claim is None:
            return None, scans
        return claim.problem, replace(scans, claim=claim.id, claim_seconds=claim.seconds)

    async def _conclude(
        self, connection: Connection, subject: Subject, kept: Kept, problem: Problem | None, scans: Scans
    ) -> bool:
        """Whether its objects are wanted."""
        await queries.lock_dj(connection, subject.dj_id)
        current = await queries.lock_subject(connection, subject.id)
        if current is None or current.status is not TrackStatus.PROCESSING:
            # Deleted meanwhile; or decided by another worker, whose objects are the same.
            return current is not None and current.status is not TrackStatus.REJECTED
        duplicate = await self._duplicate(connection, subject, kept.found.content_id)
        if duplicate is not None:
            await queries.reject(connection, subject.id, *duplicate)
            return False
        await queries.keep(connection, subject, kept, problem, scans)
        return True

    async def _duplicate(
        self, connection: Connection, subject: Subject, content_id: str
    ) -> tuple[Problem, Scans] | None:
        row = await queries.find_same_content(connection, subject, content_id)
        if row is None:
            return None
        problem = Problem(DUPLICATE, f"You have this file already: “{row['title']}”.")
        return problem, Scans(duplicate_of=TrackId(row["id"]))

    async def _reject(self, subject: Subject, problem: Problem, scans: Scans) -> None:
        await self._objects.delete_below(subject.folder)
        async with self._database.connection() as connection:
            await queries.reject(connection, subject.id, problem, scans)
        log.info("track_rejected", track=str(subject.id), code=problem.code)


class _Sent:
    """The payload of a job."""

    def __init__(self, track_id: TrackId, upload_id: UploadId, length_bytes: int) -> None:
        self.track_id = track_id
        self.upload_id = upload_id
        self.length_bytes = length_bytes

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "_Sent":
        track_id, upload_id = TrackId(UUID(payload["track_id"])), UploadId(UUID(payload["upload_id"]))
        return cls(track_id, upload_id, int(payload["length_bytes"]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
