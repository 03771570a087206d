"""What a player asks for: playlists, and the objects that they name."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

from control_api.api.files import File
from control_api.db.pool import Database
from control_api.identity import Actor
from control_api.objects.store import ObjectMissing, Objects
from control_api.replays import playlists, queries
from control_api.replays.errors import ReplayNotFound
from control_api.replays.jobs import DOWNLOAD_PREFIX
from control_api.replays.models import Replay, ReplayId, ReplayState, Visibility
from control_api.replays.service import visible
from control_api.replays.tokens import ReplayTokens, Right

MEDIA_TYPE = "video/mp4"
JPEG = "image/jpeg"
# A day, and no longer: what its creator takes back is to go from caches that others share as well.
SHARED = "public, max-age=86400, immutable"
OWN = "private, max-age=86400, immutable"
FRESH_S = {ReplayState.RECORDING: 1.0, ReplayState.READY: 15.0, ReplayState.FAILED: 15.0}
MOST_KEPT = 128
"""Playlists in memory; those that were asked for longest ago go first."""


class Playback:
    """`token` is the one in the address, which lets in who has it; without one the actor has to be allowed to see."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        tokens: ReplayTokens,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._objects = objects
        self._tokens = tokens
        self._monotonic = monotonic
        self._kept: OrderedDict[tuple[ReplayId, str | None], tuple[float, ReplayState, str]] = OrderedDict()

    async def find(self, actor: Actor | None, replay_id: ReplayId, token: str | None) -> Replay:
        """Raises ReplayNotFound, ReplayLinkInvalid."""
        if token is not None:
            self._tokens.check(token, Right.WATCH, replay_id)
        async with self._database.connection() as connection:
            if token is None:
                return await visible(connection, actor, replay_id)
            replay = await queries.find(connection, replay_id)
        if replay is None:
            raise ReplayNotFound
        return replay

    async def playlist(self, replay: Replay, rendition: str | None) -> str:
        """The multivariant one, or that of a rendition. Raises ReplayNotFound."""
        key, now = (replay.id, rendition), self._monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept[1] is replay.state and now - kept[0] < FRESH_S[replay.state]:
            self._kept.move_to_end(key)
            return kept[2]
        text = await self._render(replay, rendition)
        self._kept[key] = (now, replay.state, text)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return text

    async def media(self, replay: Replay, name: str) -> File:
        """An object that a playlist names. Raises ReplayNotFound."""
        if name.startswith(DOWNLOAD_PREFIX):
            # Beside them are the files of its creator.
            raise ReplayNotFound
        return await self._file(replay, f"{replay.prefix}/{name}", name, MEDIA_TYPE)

    async def thumbnail(self, replay: Replay) -> File:
        """Raises ReplayNotFound."""
        if replay.thumbnail_key is None:
            raise ReplayNotFound("There is no picture of it.")
        return await self._file(replay, replay.thumbnail_key, "thumbnail", JPEG)

    async def _render(self, replay: Replay, name: str | None) -> str:
        async with self._database.connection() as connection:
            renditions = (await queries.renditions(connection, [replay.id]))[replay.id]
            if not renditions:
                raise ReplayNotFound("There is nothing of it to see yet.")
            if name is None:
                return playlists.multivariant(renditions)
            rendition = next((rendition for rendition in renditions if rendition.name == name), None)
            if rendition is None:
                raise ReplayNotFound
            segments = await queries.segments(connection, replay.id, name)
        return playlists.media(segments, rendition.inits, is_complete=replay.state is not ReplayState.RECORDING)

    async def _file(self, replay: Replay, key: str, name: str, content_type: str) -> File:
        try:
            size = await self._objects.size(key)
        except ObjectMissing:
            raise ReplayNotFound("This part of it is not there.") from None

        def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            return self._objects.pieces(key, start=start, length=length)

        is_public = replay.visibility is Visibility.PUBLIC
        return File(content_type, size, pieces, f"{replay.id}-{name}", cache_control=SHARED if is_public else OWN)
