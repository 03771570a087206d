"""One jobs worker, put together: what it does, and whether it is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from control_api.claims.service import COMPARE_CLAIM
from control_api.clock import Clock, utc_now
from control_api.db.pool import Database
from control_api.dj.library_news import LibraryNews
from control_api.errors import ServiceUnavailable
from control_api.history.deletion import DELETE_RECORDING, RecordingDeletion
from control_api.inspection.again import AnalyseTrack
from control_api.inspection.claimed import CompareClaim
from control_api.inspection.clamd import Clamd
from control_api.inspection.program import InspectionProgram
from control_api.inspection.register import FingerprintRegister
from control_api.inspection.service import InspectTrack
from control_api.inspection.work_folders import WorkFolders
from control_api.jobs.models import JobHandler
from control_api.jobs.service import JobQueue
from control_api.jobs.settings import JobSettings
from control_api.jobs.worker import JobWorker
from control_api.objects.store import Objects
from control_api.replays.deletion import DownloadDeletion, ReplayDeletion
from control_api.replays.download_making import MakeDownload
from control_api.replays.jobs import DELETE_DOWNLOAD, DELETE_REPLAY, REPLAY_DOWNLOAD, REPLAY_PICTURE
from control_api.replays.picture_process import PictureProcess
from control_api.replays.pictures import ReplayPicture
from control_api.tracks.deletion import DELETE_OBJECTS, ObjectsDeletion
from control_api.tracks.service import ANALYSE_TRACK
from control_api.uploads.models import INSPECT_TRACK
from control_api.valkey import create_valkey

log = structlog.get_logger(__name__)


class JobsProcess:
    """Made without a connection; `run()` works until it is cancelled, also through an outage of PostgreSQL or
    Valkey."""

    def __init__(self, settings: JobSettings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._database = Database(
            settings.database_url.get_secret_value(),
            size=settings.database_pool_size,
            timeout_s=settings.database_timeout_s,
            command_timeout_s=settings.database_command_timeout_s,
        )
        self._valkey = create_valkey(settings.redis_url.get_secret_value(), timeout_s=settings.redis_timeout_s)
        self._clock = clock
        self._folders = WorkFolders(settings.inspection_dir)
        self.queue = JobQueue(self._database, clock)
        self.worker = JobWorker(self.queue, self._handlers(), concurrency=settings.jobs_concurrency)

    def _handlers(self) -> Mapping[str, JobHandler]:
        settings, objects = self._settings, Objects.of(self._settings)
        program, news = InspectionProgram(settings), LibraryNews(self._valkey)
        register = FingerprintRegister(self._database)
        clamd = (
            Clamd(settings.clamd_host, settings.clamd_port, settings.clamd_timeout_s) if settings.clamd_host else None
        )
        return {
            INSPECT_TRACK: InspectTrack(self._database, objects, program, register, self._folders, clamd, news),
            ANALYSE_TRACK: AnalyseTrack(self._database, objects, program, self._folders, news),
            COMPARE_CLAIM: CompareClaim(self._database, register, news),
            DELETE_OBJECTS: ObjectsDeletion(objects),
            DELETE_RECORDING: RecordingDeletion(objects),
            DELETE_REPLAY: ReplayDeletion(objects),
            DELETE_DOWNLOAD: DownloadDeletion(objects),
            REPLAY_PICTURE: ReplayPicture(self._database, objects, PictureProcess()),
            REPLAY_DOWNLOAD: MakeDownload(self._database, objects, self._folders, self._clock),
        }

    async def run(self) -> None:
        """Raises OSError when the port is taken."""
        if removed := await asyncio.to_thread(self._folders.remove_leftovers):
            log.info("leftovers_removed", folders=removed)
        await self._database.open()
        try:
            async with self._answering():
                await self.worker.run()
        finally:
            await self._database.close()
            await self._valkey.aclose()

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Answer GET /health: 503 while PostgreSQL is away."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._settings.jobs_host, self._settings.jobs_port)
            await site.start()
            log.info("jobs_ready", port=runner.addresses[0][1])
            yield
        finally:
            await runner.cleanup()

    async def _health(self, _request: web.Request) -> web.Response:
        try:
            counts = await self.queue.counts()
        except ServiceUnavailable:
            return web.json_response({"status": "unavailable"}, status=503)
        return web.json_response({"status": "ok", "running": sorted(self.worker.running.values()), **counts})
