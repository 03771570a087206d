"""A creator's streams: starting, publishing, ending; and finding those of others."""

from collections.abc import Mapping

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.errors import Forbidden, ServiceUnavailable
from control_api.identity import Actor, Role, StreamId, UserId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.models import WorkerSnapshot
from control_api.media.registry import WorkerRegistry, for_publisher, least_loaded
from control_api.media.tokens import MediaTokenSigner
from control_api.streams import queries
from control_api.streams.announced import AnnouncedStreams
from control_api.streams.booths import Booths
from control_api.streams.endings import StreamEndings
from control_api.streams.errors import (
    AlreadyLive,
    NotLive,
    StreamEnded,
    StreamIsEncoder,
    StreamIsMix,
    StreamNotBegun,
    StreamNotFound,
)
from control_api.streams.models import (
    EndedReason,
    NewStream,
    PublishGrant,
    Source,
    StartWish,
    Status,
    Stream,
    StreamState,
)
from control_api.streams.ownership import own_stream
from control_api.streams.spec_news import SpecNews

START_ATTEMPTS = 3


class StreamService:
    def __init__(
        self,
        database: Database,
        workers: WorkerRegistry,
        endings: StreamEndings,
        tokens: MediaTokenSigner,
        booths: Booths,
        announced: AnnouncedStreams,
        specs: SpecNews,
        clock: Clock,
    ) -> None:
        self._database = database
        self._workers = workers
        self._endings = endings
        self._tokens = tokens
        self._booths = booths
        self._announced = announced
        self._specs = specs
        self._clock = clock

    async def start(self, actor: Actor, wish: StartWish, asked_at: AskedAt) -> tuple[Stream, PublishGrant]:
        """A live stream on the least loaded worker.

        Raises AlreadyLive, NoMediaWorker; of an announced one StreamNotFound, Forbidden, StreamHasBegun.
        """
        workers = await self._workers.workers()
        if wish.stream_id is not None:
            stream, worker = await self._start_announced(actor, wish.stream_id, wish, workers)
        else:
            stream, worker = await self._start_new(actor, wish, workers)
        self._specs.spec_changed()
        return stream, self._grant(stream, worker, asked_at)

    async def publish(self, actor: Actor, stream_id: StreamId, asked_at: AskedAt) -> PublishGrant:
        """A grant of the next generation, on the stream's worker or, when that is gone or about to leave, on another.

        Raises StreamNotFound, Forbidden, StreamEnded, StreamNotBegun, StreamIsMix, StreamIsEncoder, NoMediaWorker.
        """
        workers = await self._workers.workers()
        async with self._database.connection() as connection:
            stream = await own_stream(connection, actor, stream_id)
            if stream.status is Status.ENDED:
                raise StreamEnded
            if stream.source is Source.MIX:
                raise StreamIsMix
            if stream.source is Source.ENCODER:
                raise StreamIsEncoder
            if stream.status is Status.SCHEDULED:
                raise StreamNotBegun
            worker = for_publisher(workers, stream.worker_id, await queries.count_open_by_worker(connection))
            renewed = await queries.renew_grant(connection, stream_id, worker.worker_id, self._clock())
        if renewed is None:
            raise StreamEnded
        return self._grant(renewed, worker, asked_at)

    async def end(self, actor: Actor, creator_type: Role, stream_id: StreamId | None) -> Stream:
        """End one's own stream, the live one when none is named; one that has ended already stays as it is.

        A mix ends with its stream. Raises NotLive, StreamNotFound, StreamNotBegun, Forbidden.
        """
        async with self._database.transaction() as connection:
            if stream_id is None:
                live = await queries.find_open_of_creator(connection, actor.user_id)
                if live is None or live.status is not Status.LIVE:
                    raise NotLive
                stream = live
            else:
                stream = await own_stream(connection, actor, stream_id)
            if stream.creator_type is not creator_type:
                raise Forbidden
            if stream.is_announced:
                raise StreamNotBegun
            now = self._clock()
            # The mix before its stream: everybody locks them in this order.
            await self._booths.close(connection, stream.id, now)
            ended = await queries.end_stream(connection, stream.id, EndedReason.ENDED, now)
            if ended is None:
                return await queries.find_stream(connection, stream.id) or stream
        await self._endings.tell(ended, was_on_air=stream.is_on_air)
        return ended

    async def current(self, actor: Actor) -> Stream | None:
        """One's own stream that is in a booth or live."""
        async with self._database.connection() as connection:
            return await queries.find_open_of_creator(connection, actor.user_id)

    async def get(self, actor: Actor | None, stream_id: StreamId) -> Stream:
        """Raises StreamNotFound, also for what the actor may not know of."""
        stream = await self.find_visible(stream_id, actor.user_id if actor else None)
        if stream is None:
            raise StreamNotFound
        return stream

    async def find_state(self, stream_id: StreamId, user_id: UserId | None) -> StreamState | None:
        """What `user_id`, None for anybody, may know of the stream."""
        stream = await self.find_visible(stream_id, user_id)
        return StreamState.of(stream) if stream else None

    async def page_on_air(
        self, *, role: Role | None, search: str | None, offset: int, limit: int
    ) -> tuple[list[Stream], int]:
        """Streams on air, those with most viewers first, and how many there are in all."""
        async with self._database.connection() as connection:
            return await queries.page_on_air(connection, role=role, search=search, offset=offset, limit=limit)

    async def find_visible(self, stream_id: StreamId, user_id: UserId | None) -> Stream | None:
        """The stream; None when there is none that `user_id`, None for anybody, may know of."""
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
            if stream is None or stream.is_public:
                return stream
            if user_id is None:
                return None
            is_insider = stream.creator_id == user_id or await self._booths.is_member(connection, stream_id, user_id)
        return stream if is_insider else None

    async def _start_new(
        self, actor: Actor, wish: StartWish, workers: Mapping[str, WorkerSnapshot]
    ) -> tuple[Stream, WorkerSnapshot]:
        async with self._database.connection() as connection:
            worker = least_loaded(workers, await queries.count_open_by_worker(connection))
            words = (wish.title or "", wish.description or "")
            new_stream = NewStream(actor.user_id, actor.role, *words, worker.worker_id)
            for _ in range(START_ATTEMPTS):
                if stream := await queries.insert_stream(connection, new_stream, self._clock()):
                    return stream, worker
                # The one that was in the way may end before it is read; then there is room for the new one.
                if open_stream := await queries.find_open_of_creator(connection, actor.user_id):
                    raise AlreadyLive(open_stream.id)
        raise ServiceUnavailable("streams")

    async def _start_announced(
        self, actor: Actor, stream_id: StreamId, wish: StartWish, workers: Mapping[str, WorkerSnapshot]
    ) -> tuple[Stream, WorkerSnapshot]:
        async with self._database.transaction() as connection:
            worker = least_loaded(workers, await queries.count_open_by_worker(connection))
            if open_stream := await queries.find_open_of_creator(connection, actor.user_id):
                raise AlreadyLive(open_stream.id)
            words = (wish.title, wish.description)
            stream = await self._announced.begin(connection, actor, stream_id, worker.worker_id, *words)
        await self._announced.tell(stream)
        return stream, worker

    def _grant(self, stream: Stream, worker: WorkerSnapshot, asked_at: AskedAt) -> PublishGrant:
        token = self._tokens.publish(stream.id, stream.creator_id, stream.publish_generation)
        whip_url = media_urls(worker, stream.id, asked_at).whip
        return PublishGrant(
            worker.worker_id, whip_url, token.text, token.expires_at, stream.publish_generation, token.ice_servers
        )
