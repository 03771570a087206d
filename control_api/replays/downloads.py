"""A replay as one MP4: asked for, made by a job, and sent."""

from collections.abc import AsyncIterator

from control_api.api.files import File
from control_api.db.pool import Database
from control_api.identity import Actor
from control_api.jobs.service import JobQueue
from control_api.objects.store import ObjectMissing, Objects
from control_api.replays import download_queries, queries
from control_api.replays.errors import DownloadFailed, ReplayNotFound, ReplayNotReady
from control_api.replays.jobs import REPLAY_DOWNLOAD
from control_api.replays.models import DownloadState, Replay, ReplayId, ReplayState
from control_api.replays.service import own
from control_api.replays.tokens import ReplayTokens, Right

MP4 = "video/mp4"


class DownloadService:
    """`token` is the one in the address, which lets in who has it; without one the actor has to be its creator."""

    def __init__(self, database: Database, objects: Objects, jobs: JobQueue, tokens: ReplayTokens) -> None:
        self._database = database
        self._objects = objects
        self._jobs = jobs
        self._tokens = tokens

    async def of_creator(self, actor: Actor, replay_id: ReplayId) -> File | float:
        """The file, or how far its making has come, from 0 to 1; a first question has it made.

        Raises ReplayNotFound, Forbidden, ReplayNotReady, DownloadFailed.
        """
        async with self._database.connection() as connection:
            replay = await own(connection, actor, replay_id, admins_too=True)
        return await self._answer(replay)

    async def of_token(self, replay_id: ReplayId, token: str) -> File | float:
        """As `of_creator`. Raises ReplayLinkInvalid too."""
        self._tokens.check(token, Right.DOWNLOAD, replay_id)
        async with self._database.connection() as connection:
            replay = await queries.find(connection, replay_id)
        if replay is None:
            raise ReplayNotFound
        return await self._answer(replay)

    async def _answer(self, replay: Replay) -> File | float:
        if replay.state is ReplayState.RECORDING:
            raise ReplayNotReady
        if replay.duration_s == 0:
            raise ReplayNotFound("There is nothing of it to download.")
        if replay.download_state is DownloadState.READY and replay.download_key is not None:
            return await self._file(replay, replay.download_key)
        async with self._database.transaction() as connection:
            before = await download_queries.begin(connection, replay.id)
            if before is DownloadState.NONE:
                await self._jobs.put(connection, REPLAY_DOWNLOAD, {"replay_id": str(replay.id)})
        if before is DownloadState.FAILED:
            raise DownloadFailed
        return replay.download_progress

    async def _file(self, replay: Replay, key: str) -> File:
        try:
            size = await self._objects.size(key)
        except ObjectMissing:
            raise ReplayNotFound("This file was lost.") from None

        def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            return self._objects.pieces(key, start=start, length=length)

        name = f"{replay.title} {replay.started_at:%Y-%m-%d %H.%M}.mp4"
        return File(MP4, size, pieces, f"{replay.id}-{size}", download_as=name)
