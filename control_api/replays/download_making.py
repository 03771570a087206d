"""The job that makes one MP4 of a replay."""

import asyncio
import shutil
import threading
import time
from pathlib import Path
from uuid import uuid4

import structlog

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.inspection.work_folders import WorkFolders
from control_api.jobs.models import Job
from control_api.objects.store import Objects
from control_api.replays import download_queries, queries
from control_api.replays.jobs import DOWNLOAD_PREFIX, replay_of
from control_api.replays.models import Rendition, Replay, ReplayId
from control_api.replays.remux import CannotJoin, Track, remux

KEPT_FREE_BYTES = 1024**3
"""Of the disk on which files are made."""
ROOM = 1.05
"""A file is a little larger than what is in it."""
TOLD_EACH_S = 2.0
FETCH_S = 120.0

log = structlog.get_logger(__name__)


class NoRoomToMake(RuntimeError):
    """The disk on which files are made has too little room for this one now."""


class _Unwanted(Exception):
    """Nobody waits for it any more."""


class MakeDownload:
    """The job handler. It has one segment of each rendition in memory, and the file on disk."""

    def __init__(self, database: Database, objects: Objects, folders: WorkFolders, clock: Clock) -> None:
        self._database = database
        self._objects = objects
        self._folders = folders
        self._clock = clock

    async def run(self, job: Job) -> None:
        """Raises ServiceUnavailable, NoRoomToMake."""
        replay_id = replay_of(job)
        async with self._database.connection() as connection:
            replay = await queries.find(connection, replay_id)
            renditions = (await queries.renditions(connection, [replay_id]))[replay_id]
            tracks = [
                Track(
                    await queries.segments(connection, replay_id, rendition.name),
                    {init.number: init.object_name for init in rendition.inits},
                )
                for rendition in chosen(renditions)
            ]
        if replay is None or not tracks:
            return
        try:
            async with self._folders.folder() as folder:
                await self._make(replay, tracks, folder / "replay.mp4")
        except _Unwanted:
            log.info("download_unwanted", replay_id=str(replay_id))
        except CannotJoin as error:
            log.warning("download_impossible", replay_id=str(replay_id), cause=str(error))
            await self._fail(replay_id)

    async def give_up(self, job: Job) -> None:
        await self._fail(replay_of(job))

    async def _make(self, replay: Replay, tracks: list[Track], path: Path) -> None:
        needed = sum(segment.bytes for track in tracks for segment in track.segments) * ROOM
        if shutil.disk_usage(path.parent).free < needed + KEPT_FREE_BYTES:
            raise NoRoomToMake
        reader = _Reader(self._database, self._objects, replay, sum(len(track.segments) for track in tracks))
        making = asyncio.create_task(asyncio.to_thread(remux, tracks, reader.fetch, path))
        try:
            await asyncio.shield(making)
        finally:
            # The thread must not write into a folder that is gone.
            reader.stop()
            await asyncio.wait([making])
        key = f"{replay.prefix}/{DOWNLOAD_PREFIX}{uuid4().hex}.mp4"
        await self._objects.put_file(key, path)
        async with self._database.connection() as connection:
            is_wanted = await download_queries.finish(connection, replay.id, key, replay.duration_s, self._clock())
        if not is_wanted:
            await self._objects.delete(key)
            raise _Unwanted

    async def _fail(self, replay_id: ReplayId) -> None:
        async with self._database.connection() as connection:
            await download_queries.fail(connection, replay_id)


class _Reader:
    """Gives the thread the objects it asks for, and tells how far it has come."""

    def __init__(self, database: Database, objects: Objects, replay: Replay, count: int) -> None:
        self._database = database
        self._objects = objects
        self._replay = replay
        self._count = max(1, count)
        self._fetched = 0
        self._told_at = 0.0
        self._stopped = threading.Event()
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        self._stopped.set()

    def fetch(self, name: str) -> bytes:
        """Called by the thread. Raises ServiceUnavailable, ObjectMissing, _Unwanted."""
        if self._stopped.is_set():
            raise _Unwanted
        return asyncio.run_coroutine_threadsafe(self._read(name), self._loop).result(FETCH_S)

    async def _read(self, name: str) -> bytes:
        pieces = [piece async for piece in self._objects.pieces(f"{self._replay.prefix}/{name}")]
        self._fetched += 1
        now = time.monotonic()
        if now - self._told_at >= TOLD_EACH_S:
            self._told_at = now
            progress = min(0.99, self._fetched / self._count)
            async with self._database.connection() as connection:
                if not await download_queries.set_progress(connection, self._replay.id, progress):
                    raise _Unwanted
        return b"".join(pieces)


def chosen(renditions: list[Rendition]) -> list[Rendition]:
    """The best picture there is, and the sound that every player knows."""
    videos = [rendition for rendition in renditions if rendition.kind == "video"]
    audios = [rendition for rendition in renditions if rendition.kind == "audio"]
    best = max(videos, key=lambda video: (video.height, video.bytes), default=None)
    known = [audio for audio in audios if any(init.codec.startswith("mp4a") for init in audio.inits)]
    sound = next(iter(known or audios), None)
    return [rendition for rendition in (best, sound) if rendition is not None]
