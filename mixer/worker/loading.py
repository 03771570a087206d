"""Originals from the store of objects to decoded tracks: fetched, checked, decoded in threads, played while decoded."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.session import UnknownTrack
from mixer.tracks.rejected import TrackRejected
from mixer.tracks.store import TrackStore
from mixer.worker.desired import Playable
from mixer.worker.ports import ObjectGone, Objects, ObjectsUnavailable

MAX_ORIGINAL_BYTES: Final = 1024**3
ENOUGH_FRAMES: Final = SAMPLE_RATE
"""A track may be loaded when so much of it is decoded: a second."""
AT_ONCE: Final = 2
"""Tracks that are fetched and decoded at a time; others wait. Each has its original on disk meanwhile."""
_POLL_S: Final = 0.01
_STALLED_S: Final = 20.0

_log = structlog.get_logger(__name__)


class LoadFailed(Exception):
    """A track cannot be played: a stable code and a sentence for its DJ."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TrackLoader:
    """Shared by all mixes of a worker: a track that two of them want is fetched once.

    The host keeps what is on a deck from being evicted; here only what no deck came to have is let go of again.
    """

    def __init__(self, objects: Objects, store: TrackStore, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.iterdir():
            left_over.unlink()
        self._objects = objects
        self._store = store
        self._folder = folder
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="decode")
        self._places = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, int] = {}

    def hold(self, content_id: str) -> None:
        """A deck has the track. Raises UnknownTrack."""
        self._store.get_track(content_id)
        self._held[content_id] = self._held.get(content_id, 0) + 1

    def let_go(self, content_id: str) -> None:
        """A deck has it no more."""
        left = self._held.get(content_id, 0) - 1
        if left > 0:
            self._held[content_id] = left
        else:
            self._held.pop(content_id, None)

    def begin(self, track: Playable) -> asyncio.Task[None]:
        """Have a track decoded; the task ends when all of it is, or raises LoadFailed."""
        under_way = self._under_way.get(track.content_id)
        if under_way is None:
            under_way = asyncio.create_task(self._bring(track), name=f"bring {track.track_id}")
            self._under_way[track.content_id] = under_way
            under_way.add_done_callback(lambda task: self._ended(track.content_id, task))
        return under_way

    async def until_playable(self, track: Playable) -> asyncio.Task[None]:
        """Returns when the first second is decoded, and what goes on with the rest. Raises LoadFailed."""
        bringing = self.begin(track)
        while True:
            await asyncio.wait({bringing}, timeout=_POLL_S)
            if bringing.done():
                # Its failure is raised; waiting for the task itself would also cancel it for others.
                bringing.result()
                return bringing
            if self._frames(track.content_id) >= ENOUGH_FRAMES:
                return bringing

    async def close(self) -> None:
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _frames(self, content_id: str) -> int:
        try:
            return self._store.get_track(content_id).frames
        except UnknownTrack:
            return 0

    def _is_whole(self, content_id: str) -> bool:
        try:
            return self._store.get_track(content_id).is_complete
        except UnknownTrack:
            return False

    def _ended(self, content_id: str, task: asyncio.Task[None]) -> None:
        del self._under_way[content_id]
        failed = task.cancelled() or task.exception() is not None
        if failed or content_id not in self._held:
            self._store.release(content_id)

    async def _bring(self, track: Playable) -> None:
        if self._is_whole(track.content_id):
            return
        async with self._places:
            original = self._folder / f"{track.content_id}{track.suffix}"
            try:
                await self._fetch(track, original)
                await self._decode(track, original)
            except TrackRejected as error:
                raise LoadFailed(str(error.problem), str(error)) from error
            except OSError as error:
                _log.warning("a track cannot be kept", error=repr(error))
                raise LoadFailed("NO_ROOM", "The mixer has no room for this track.") from error
            finally:
                original.unlink(missing_ok=True)

    async def _fetch(self, track: Playable, path: Path) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("wb") as file:
                async for piece in self._objects.pieces(track.object_key):
                    size += len(piece)
                    if size > MAX_ORIGINAL_BYTES:
                        raise LoadFailed("TOO_LARGE", "This file is too large to be played.")
                    await asyncio.to_thread(_keep, piece, file, digest)
        except ObjectGone as error:
            raise LoadFailed("TRACK_GONE", "The file of this track is not there any more.") from error
        except ObjectsUnavailable as error:
            raise LoadFailed("STORAGE_UNAVAILABLE", "The file of this track cannot be read now.") from error
        if digest.hexdigest() != track.content_id:
            raise LoadFailed("TRACK_CHANGED", "The file of this track is not the one that was uploaded.")

    async def _decode(self, track: Playable, path: Path) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, lambda: self._store.decode(path, suffix=track.suffix))
        # Another mixer of this host may be decoding it: then the call above returned at once.
        frames, since = -1, loop.time()
        while not self._is_whole(track.content_id):
            if (now_frames := self._frames(track.content_id)) != frames:
                frames, since = now_frames, loop.time()
            if loop.time() - since > _STALLED_S:
                raise LoadFailed("DECODING_STALLED", "This track could not be decoded.")
            await asyncio.sleep(10 * _POLL_S)


def _keep(piece: bytes, file: BinaryIO, digest: hashlib._Hash) -> None:
    file.write(piece)
    digest.update(piece)
