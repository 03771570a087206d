"""Keeps what mixers say in `mixer:events`: plays, hot cues, recordings; each exactly once, in order."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import asyncpg
import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from redis.asyncio import Redis

from control_api.db.pool import Connection, Database
from control_api.event_stream import EventStream
from control_api.identity import StreamId, UserId
from control_api.mixes import event_queries
from control_api.mixes.ports import Library, Queue
from control_api.play_queue.models import EntryId
from control_api.tracks.models import TrackId

STREAM: Final = "mixer:events"
BATCH: Final = 100

Frame = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]

log = structlog.get_logger(__name__)


class _Event(BaseModel):
    # A mixer of a newer version may say more than we know of.
    model_config = ConfigDict(frozen=True, extra="ignore")

    stream_id: StreamId


class Played(_Event):
    event: Literal["played"]
    track_id: UUID
    entry_id: UUID | None
    at: Seconds
    on_air: bool
    auto: bool


class HotCuesSet(_Event):
    event: Literal["hot_cues"]
    track_id: UUID
    hot_cues: list[Frame | None]


def _is_recording(key: str) -> str:
    kind, user_id, _ = key.split("/", 2)
    if kind != "recordings":
        raise ValueError("no key of a recording")
    UUID(user_id)
    return key


class Recorded(_Event):
    event: Literal["recorded"]
    object_key: Annotated[str, AfterValidator(_is_recording)]
    cue_sheet_key: str
    started_at: Seconds
    duration_s: Seconds
    bytes: int = Field(ge=0)

    @property
    def dj_id(self) -> UserId:
        """Whose it is, as its key says."""
        return UserId(UUID(self.object_key.split("/", 2)[1]))


EVENTS: TypeAdapter[Played | HotCuesSet | Recorded] = TypeAdapter(
    Annotated[Played | HotCuesSet | Recorded, Field(discriminator="event")]
)


class MixerEvents:
    """An event that makes no sense, or speaks of what is gone, is said in the log and let go."""

    def __init__(self, database: Database, valkey: Redis, library: Library, queue: Queue) -> None:
        self._database = database
        self._stream = EventStream(valkey, STREAM, batch=BATCH)
        self._library = library
        self._queue = queue

    async def keep_new(self) -> None:
        """Keep all that is there. Raises ServiceUnavailable; what was not kept by then is kept the next time."""
        while entries := await self._stream.next_texts():
            for entry_id, text in entries:
                await self._keep(entry_id, text)
            await self._stream.acknowledge([entry_id for entry_id, _ in entries])

    async def _keep(self, entry_id: str, raw: str) -> None:
        # Of the content, so that a mixer which was not sure and said it twice has said it once.
        event_id = hashlib.sha256(raw.encode()).hexdigest()
        try:
            event = EVENTS.validate_json(raw)
            async with self._database.transaction() as connection:
                await self._write(connection, event_id, event)
        except (ValidationError, ValueError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            log.error("mixer_event_refused", entry_id=entry_id, error=type(error).__name__)  # noqa: TRY400 - no bug of ours

    async def _write(self, connection: Connection, event_id: str, event: Played | HotCuesSet | Recorded) -> None:
        match event:
            case Played():
                await self._play(connection, event_id, event)
            case HotCuesSet():
                track_id = TrackId(event.track_id)
                if await event_queries.is_track_of_member(connection, event.stream_id, track_id):
                    await self._library.hot_cues_changed(connection, track_id, event.hot_cues)
            case Recorded():
                await event_queries.insert_recording(
                    connection,
                    event_id,
                    event.stream_id,
                    event.dj_id,
                    object_key=event.object_key,
                    cue_sheet_key=event.cue_sheet_key,
                    started_at=_time(event.started_at),
                    duration_s=event.duration_s,
                    size_bytes=event.bytes,
                )

    async def _play(self, connection: Connection, event_id: str, event: Played) -> None:
        track_id, at = TrackId(event.track_id), _time(event.at)
        is_new = await event_queries.insert_play(
            connection, event_id, event.stream_id, track_id, at=at, on_air=event.on_air, by_auto_dj=event.auto
        )
        if is_new:
            await self._library.played(connection, track_id, at)
        if event.entry_id is not None:
            await self._queue.remove_played(connection, EntryId(event.entry_id))


def _time(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
