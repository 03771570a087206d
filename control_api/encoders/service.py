"""Which stream an encoder's media belong to: that of its key's creator, found or made."""

import structlog

from control_api.db.pool import Connection, Database
from control_api.encoders import queries
from control_api.encoders.errors import AlreadyPublishing, NoCreator
from control_api.encoders.models import EncoderWish, IngestGrant, IngestRequest
from control_api.encoders.ports import StreamKeys
from control_api.errors import RateLimited, ServiceUnavailable
from control_api.identity import Role, UserId
from control_api.media.models import WorkerSnapshot
from control_api.media.registry import WorkerRegistry
from control_api.rate_limit import Limit, RateLimiter
from control_api.stream_keys.errors import StreamKeyInvalid, StreamKeyRevoked
from control_api.stream_keys.models import KeyHolder
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.models import NewStream, Source, Stream, StreamState
from control_api.streams.of_encoders import StreamsOfEncoders
from control_api.streams.spec_news import SpecNews

# Keys have 160 bits: this keeps the log readable, and the database free of guesses.
WRONG_KEYS = Limit("wrong_stream_keys", 30, 60)

log = structlog.get_logger(__name__)


class EncoderService:
    def __init__(
        self,
        database: Database,
        keys: StreamKeys,
        workers: WorkerRegistry,
        streams: StreamsOfEncoders,
        specs: SpecNews,
        announcer: StreamAnnouncer,
        limiter: RateLimiter,
    ) -> None:
        self._database = database
        self._keys = keys
        self._workers = workers
        self._streams = streams
        self._specs = specs
        self._announcer = announcer
        self._limiter = limiter

    async def wish_of(self, creator_id: UserId, username: str) -> EncoderWish:
        """What the creator has put down, else what is taken for it."""
        async with self._database.connection() as connection:
            return await queries.find_wish(connection, creator_id) or default_wish(username)

    async def put_wish(self, creator_id: UserId, wish: EncoderWish) -> None:
        """It is for streams that begin from now on; the taking over is for encoders that come from now on."""
        async with self._database.connection() as connection:
            await queries.put_wish(connection, creator_id, wish)

    async def admit(self, request: IngestRequest) -> IngestGrant:
        """Which stream is to be published at the worker that asks, as which generation.

        Raises StreamKeyInvalid, StreamKeyRevoked, NoCreator, AlreadyLive, AlreadyPublishing, StreamEnded, RateLimited.
        """
        workers = await self._workers.workers()
        try:
            async with self._database.transaction() as connection:
                holder = await self._keys.use(connection, request.key)
                if holder.role not in {Role.DJ, Role.PERFORMER}:
                    raise NoCreator
                wish = await queries.find_wish(connection, holder.user_id) or default_wish(holder.username)
                stream, is_new = await self._stream(connection, holder, wish, request, workers)
        except (StreamKeyInvalid, StreamKeyRevoked) as error:
            log.warning("encoder_refused", code=error.code, address=request.address, worker_id=request.worker_id)
            await self._limiter.spend(WRONG_KEYS, request.address, error=RateLimited)
            raise
        log.info(
            "encoder_admitted",
            stream_id=str(stream.id),
            user_id=str(holder.user_id),
            key_id=str(holder.key_id),
            protocol=request.ingest.value,
            address=request.address,
            worker_id=request.worker_id,
            generation=stream.publish_generation,
            is_new=is_new,
        )
        self._specs.spec_changed()
        if is_new and stream.scheduled_for is not None:
            await self._announcer.stream_changed(StreamState.of(stream))
        return IngestGrant(stream.id, holder.user_id, stream.publish_generation, wish.take_over)

    async def _stream(
        self,
        connection: Connection,
        holder: KeyHolder,
        wish: EncoderWish,
        request: IngestRequest,
        workers: dict[str, WorkerSnapshot],
    ) -> tuple[Stream, bool]:
        """The creator's stream, and whether it begins now."""
        at = (request.worker_id, request.ingest, holder.key_id)
        if going_on := await self._streams.find_open(connection, holder.user_id):
            if not wish.take_over and _is_live_elsewhere(going_on, request.worker_id, workers):
                raise AlreadyPublishing
            return await self._streams.go_on(connection, going_on, *at), False
        if due := await self._streams.find_due(connection, holder.user_id):
            begun = await self._streams.begin_announced(connection, due, *at)
        else:
            new = NewStream(
                holder.user_id, holder.role, wish.title, wish.description, request.worker_id, Source.ENCODER
            )
            made = await self._streams.begin(
                connection, new, record=wish.record, ingest=request.ingest, key_id=holder.key_id
            )
            if made is None:
                # Begun in a browser in this very moment: found, and said, when the encoder comes again.
                raise ServiceUnavailable("streams")
            begun = made
        return begun, True


def default_wish(username: str) -> EncoderWish:
    return EncoderWish(f"{username} live", "", record=False, take_over=False)


def _is_live_elsewhere(stream: Stream, worker_id: str, workers: dict[str, WorkerSnapshot]) -> bool:
    """Whether another worker than the one that asks, which knows by itself, hears the stream's encoder."""
    if stream.worker_id == worker_id or stream.worker_id not in workers:
        return False
    room = workers[stream.worker_id].origin_room(stream.id)
    return room is not None and room.state == "live"
