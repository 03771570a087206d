"""Keeps what media workers say of recordings in `media:events`; each thing once, in order."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import asyncpg
import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from redis.asyncio import Redis

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.event_stream import EventStream
from control_api.jobs.service import JobQueue
from control_api.replays import event_queries
from control_api.replays.jobs import DELETE_DOWNLOAD, DELETE_REPLAY, REPLAY_PICTURE, is_prefix
from control_api.replays.models import Init, ReplayId, Segment

STREAM: Final = "media:events"
BATCH: Final = 200
MAX_CHARS: Final = 4_096
"""Longer than any event: what is cut off there is none."""
OBJECT_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,96}\.(m4s|mp4)")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
Key = Annotated[str, StringConstraints(max_length=300)]
Whole = Annotated[int, Field(ge=0, le=2**53)]
Seconds = Annotated[float, Field(ge=-1e11, le=1e11, allow_inf_nan=False)]

log = structlog.get_logger(__name__)


class NotItsObject(ValueError):
    """The key is none of the recording that the event is about."""


class _Event(BaseModel):
    # A worker of a newer version may say more than we know of.
    model_config = ConfigDict(frozen=True, extra="ignore")

    recording_id: UUID


class RenditionTold(_Event):
    event: Literal["rendition"]
    name: Name
    kind: Literal["video", "audio"]
    codec: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]{1,64}$")]
    width: int = Field(ge=0, le=65_535)
    height: int = Field(ge=0, le=65_535)
    init_key: Key
    init: int = Field(ge=0, le=2**31 - 1)


class SegmentKept(_Event):
    event: Literal["segment"]
    rendition: Name
    number: Whole
    init: int = Field(ge=0, le=2**31 - 1)
    object_key: Key
    duration_s: float = Field(gt=0, le=3_600)
    media_s: Seconds
    date_time: Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
    bytes: Whole
    discontinuity: bool


class RecordingOver(_Event):
    event: Literal["recorded"]
    reason: Literal["ended", "no_room", "switched_off"]


Event = RenditionTold | SegmentKept | RecordingOver
EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class RecordingEvents:
    """An event that makes no sense, or speaks of what is gone, is said in the log and let go. What was put down for a
    recording that is gone is deleted."""

    def __init__(self, database: Database, valkey: Redis, jobs: JobQueue, clock: Clock) -> None:
        self._database = database
        self._stream = EventStream(valkey, STREAM, batch=BATCH)
        self._jobs = jobs
        self._clock = clock

    async def keep_new(self) -> None:
        """Keep all that is there. Raises ServiceUnavailable; what was not kept by then is kept the next time."""
        while entries := await self._stream.next_texts():
            # One commit for all of them: a worker that comes back after an outage brings thousands.
            async with self._database.transaction() as connection:
                for entry_id, text in entries:
                    await self._keep(connection, entry_id, text)
            await self._stream.acknowledge([entry_id for entry_id, _ in entries])

    async def _keep(self, connection: Connection, entry_id: str, raw: str) -> None:
        try:
            event = EVENTS.validate_json(raw[:MAX_CHARS])
            async with connection.transaction():
                await self._write(connection, event)
        except (ValidationError, ValueError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            log.error("recording_event_refused", entry_id=entry_id, error=type(error).__name__)  # noqa: TRY400 - no bug of ours

    async def _write(self, connection: Connection, event: Event) -> None:
        replay_id = ReplayId(event.recording_id)
        replay = await event_queries.lock(connection, replay_id)
        if replay is None:
            await self._clear_away(connection, event)
            return
        prefix = event_queries.prefix(replay)
        match event:
            case RenditionTold():
                name = object_name(event.init_key, prefix)
                init = Init(event.init, name, event.codec, event.width, event.height)
                await event_queries.put_init(connection, replay_id, event.name, event.kind, init)
            case SegmentKept():
                segment = Segment(
                    number=event.number,
                    init=event.init,
                    object_name=object_name(event.object_key, prefix),
                    duration_s=event.duration_s,
                    media_s=event.media_s,
                    date_time=datetime.fromtimestamp(event.date_time, UTC),
                    bytes=event.bytes,
                    discontinuity=event.discontinuity,
                )
                if await event_queries.insert_segment(connection, replay_id, event.rendition, segment):
                    await event_queries.count_segment(connection, replay_id, event.rendition, segment, self._clock())
                    if replay["download_key"] is not None:
                        await self._jobs.put(connection, DELETE_DOWNLOAD, {"key": replay["download_key"]})
            case RecordingOver():
                if await event_queries.close(connection, replay_id, self._clock()):
                    await self._jobs.put(connection, REPLAY_PICTURE, {"replay_id": str(replay_id)})
                    log.info("recorded", recording_id=str(replay_id), reason=event.reason)

    async def _clear_away(self, connection: Connection, event: Event) -> None:
        """Its replay was deleted while the worker still had segments on the way."""
        if not isinstance(event, SegmentKept):
            return
        prefix, _, _ = event.object_key.rpartition("/")
        if not is_prefix(prefix) or not prefix.endswith(f"/{event.recording_id}"):
            raise NotItsObject
        if not await self._jobs.is_waiting(connection, DELETE_REPLAY, {"prefix": prefix}):
            await self._jobs.put(connection, DELETE_REPLAY, {"prefix": prefix})


def object_name(key: str, prefix: str) -> str:
    """The name of an object among those of its recording. Raises NotItsObject."""
    folder, _, name = key.rpartition("/")
    if folder != prefix or OBJECT_NAME.fullmatch(name) is None:
        raise NotItsObject
    return name
