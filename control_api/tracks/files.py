"""The files that belong to a track: what it sounds and looks like."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from hashlib import sha256

import structlog

from control_api.api.files import File
from control_api.db.pool import Database
from control_api.identity import UserId
from control_api.objects.store import ObjectMissing, Objects
from control_api.tracks import queries
from control_api.tracks.errors import NoSuchFile, TrackNotFound, TrackNotHeld, TrackNotReady
from control_api.tracks.models import Track, TrackId, TrackStatus
from control_api.tracks.waveforms import HEADER, Detail, UnreadableWaveform, span_of

MP3 = "audio/mpeg"
JPEG = "image/jpeg"
COLUMNS = "application/octet-stream"
AUDIO_MAX_AGE_S = WAVEFORM_MAX_AGE_S = 3_600
COVER_MAX_AGE_S = 300
"""PUT of another one at the same address makes a browser forget it earlier (RFC 9111 §4.4)."""

log = structlog.get_logger(__name__)


class TrackFiles:
    """Every method that takes a `dj_id` gives the files of that DJ alone; others' are TrackNotFound."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    async def download(self, dj_id: UserId, track_id: TrackId) -> File:
        """The MP3 to keep. Raises TrackNotFound, TrackNotReady, NoSuchFile."""
        track = await self._own(dj_id, track_id)
        name = f"{track.artist} - {track.title}" if track.artist else track.title
        return await self._audio(track, download_as=f"{name}.mp3")

    async def linked(self, track_id: TrackId) -> File:
        """The MP3 to hear, for who has shown a link to it. Raises TrackNotFound, TrackNotReady, NoSuchFile."""
        async with self._database.connection() as connection:
            track = await queries.find_any_track(connection, track_id)
        if track is None:
            raise TrackNotFound
        return await self._audio(track)

    async def held(self, track_id: TrackId) -> File:
        """The MP3 of a track that is held, for who decides about it. Raises TrackNotFound, TrackNotHeld, NoSuchFile."""
        async with self._database.connection() as connection:
            track = await queries.find_any_track(connection, track_id)
        if track is None:
            raise TrackNotFound
        if track.status is not TrackStatus.HELD:
            raise TrackNotHeld
        return await self._mp3(track)

    async def waveform(self, dj_id: UserId, track_id: TrackId, detail: Detail) -> File:
        """Columns of COLUMN_BYTES. Raises TrackNotFound, NoSuchFile."""
        track = await self._own(dj_id, track_id)
        key = _key(track.waveform_key)
        with _missing():
            size = await self._objects.size(key)
            header = await self._objects.read(key, start=0, length=min(size, HEADER.size))
        try:
            span = span_of(header, detail)
        except UnreadableWaveform as error:
            log.exception("waveform_unreadable", key=key)
            raise NoSuchFile from error

        def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            return self._objects.pieces(key, start=span.start + start, length=length)

        # The columns follow from the content and from what the header says of them.
        return File(COLUMNS, span.length, pieces, f"{track.content_id}-{header.hex()}-{detail}", WAVEFORM_MAX_AGE_S)

    async def cover(self, dj_id: UserId, track_id: TrackId) -> File:
        """Raises TrackNotFound, NoSuchFile."""
        track = await self._own(dj_id, track_id)
        key = _key(track.cover_key)
        with _missing():
            picture = await self._objects.read(key, start=0, length=await self._objects.size(key))
        # A new cover has the key of the old one, so only the picture itself tells them apart.
        return File.of_bytes(picture, JPEG, etag=sha256(picture).hexdigest(), max_age_s=COVER_MAX_AGE_S)

    async def _audio(self, track: Track, *, download_as: str | None = None) -> File:
        if not track.is_audible:
            raise TrackNotReady
        return await self._mp3(track, download_as=download_as)

    async def _mp3(self, track: Track, *, download_as: str | None = None) -> File:
        key = _key(track.audio_key)
        with _missing():
            size = await self._objects.size(key)

        def pieces(start: int, length: int) -> AsyncIterator[bytes]:
            return self._objects.pieces(key, start=start, length=length)

        return File(MP3, size, pieces, f"{track.content_id}-{size}", AUDIO_MAX_AGE_S, download_as)

    async def _own(self, dj_id: UserId, track_id: TrackId) -> Track:
        async with self._database.connection() as connection:
            track = await queries.find_track(connection, dj_id, track_id)
        if track is None:
            raise TrackNotFound
        return track


def _key(key: str | None) -> str:
    if key is None:
        raise NoSuchFile
    return key


@contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except ObjectMissing as error:
        # The track was deleted since its row was read, or its objects were lost.
        raise NoSuchFile from error
