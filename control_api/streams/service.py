"""A creator's streams: starting, publishing, ending; and finding those of others."""

import structlog

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import Forbidden, ServiceUnavailable
from control_api.identity import Actor, Role, StreamId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.commands import WorkerCommands
from control_api.media.models import WorkerSnapshot
from control_api.media.registry import WorkerRegistry, least_loaded
from control_api.media.tokens import MediaTokenSigner
from control_api.streams import queries
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.errors import AlreadyLive, NotLive, StreamEnded, StreamNotFound
from control_api.streams.models import EndedReason, NewStream, PublishGrant, Status, Stream, StreamState

START_ATTEMPTS = 3

log = structlog.get_logger(__name__)


class StreamService:
    def __init__(
        self,
        database: Database,
        workers: WorkerRegistry,
        commands: WorkerCommands,
        tokens: MediaTokenSigner,
        announcer: StreamAnnouncer,
        clock: Clock,
    ) -> None:
        self._database = database
        self._workers = workers
        self._commands = commands
        self._tokens = tokens
        self._announcer = announcer
        self._clock = clock

    async def start(self, actor: Actor, title: str, description: str, asked_at: AskedAt) -> tuple[Stream, PublishGrant]:
        """A new live stream on the least loaded worker. Raises AlreadyLive, NoMediaWorker."""
        workers = await self._workers.workers()
        async with self._database.connection() as connection:
            worker = least_loaded(workers, await queries.count_live_by_worker(connection))
            new_stream = NewStream(actor.user_id, actor.role, title, description, worker.worker_id)
            for _ in range(START_ATTEMPTS):
                if stream := await queries.insert_stream(connection, new_stream, self._clock()):
                    return stream, self._grant(stream, worker, asked_at)
                # The one that was in the way may end before it is read; then there is room for the new one.
                if live := await queries.find_live_of_creator(connection, actor.user_id):
                    raise AlreadyLive(live.id)
        raise ServiceUnavailable("streams")

    async def publish(self, actor: Actor, stream_id: StreamId, asked_at: AskedAt) -> PublishGrant:
        """A grant of the next generation, on the stream's worker or, when that is gone, on another.

        Raises StreamNotFound, Forbidden, StreamEnded, NoMediaWorker.
        """
        workers = await self._workers.workers()
        async with self._database.connection() as connection:
            stream = await self._own(connection, actor, stream_id)
            if stream.status is Status.ENDED:
                raise StreamEnded
            worker = workers.get(stream.worker_id) or least_loaded(
                workers, await queries.count_live_by_worker(connection)
            )
            renewed = await queries.renew_grant(connection, stream_id, worker.worker_id, self._clock())
        if renewed is None:
            raise StreamEnded
        return self._grant(renewed, worker, asked_at)

    async def end(self, actor: Actor, creator_type: Role, stream_id: StreamId | None) -> Stream:
        """End one's own stream, the live one when none is named; one that has ended already stays as it is.

        Raises NotLive, StreamNotFound, Forbidden.
        """
        async with self._database.connection() as connection:
            if stream_id is None:
                live = await queries.find_live_of_creator(connection, actor.user_id)
                if live is None:
                    raise NotLive
                stream = live
            else:
                stream = await self._own(connection, actor, stream_id)
            if stream.creator_type is not creator_type:
                raise Forbidden
            ended = await queries.end_stream(connection, stream.id, EndedReason.ENDED, self._clock())
            if ended is None:
                return await queries.find_stream(connection, stream.id) or stream
        await self._tell(ended, was_on_air=stream.is_on_air)
        return ended

    async def current(self, actor: Actor) -> Stream | None:
        """One's own stream that has not ended."""
        async with self._database.connection() as connection:
            return await queries.find_live_of_creator(connection, actor.user_id)

    async def get(self, stream_id: StreamId) -> Stream:
        """Raises StreamNotFound."""
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
        if stream is None:
            raise StreamNotFound
        return stream

    async def find_state(self, stream_id: StreamId) -> StreamState | None:
        """What those who watch the stream may know of it."""
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
        return StreamState.of(stream) if stream else None

    async def page_on_air(
        self, *, role: Role | None, search: str | None, offset: int, limit: int
    ) -> tuple[list[Stream], int]:
        """Streams on air, those with most viewers first, and how many there are in all."""
        async with self._database.connection() as connection:
            return await queries.page_on_air(connection, role=role, search=search, offset=offset, limit=limit)

    async def _own(self, connection: Connection, actor: Actor, stream_id: StreamId) -> Stream:
        stream = await queries.find_stream(connection, stream_id)
        if stream is None:
            raise StreamNotFound
        if stream.creator_id != actor.user_id:
            raise Forbidden("This is not your stream.")
        return stream

    async def _tell(self, ended: Stream, *, was_on_air: bool) -> None:
        try:
            await self._commands.end_stream(ended.worker_id, ended.id)
        except ServiceUnavailable:
            # The stream has ended in PostgreSQL; the reconciler tells the worker when Valkey is back.
            log.warning("end_stream_command_delayed", stream_id=str(ended.id))
        await self._announcer.stream_changed(StreamState.of(ended))
        if was_on_air:
            await self._announcer.lobby_changed()

    def _grant(self, stream: Stream, worker: WorkerSnapshot, asked_at: AskedAt) -> PublishGrant:
        token = self._tokens.publish(stream.id, stream.creator_id, stream.publish_generation)
        whip_url = media_urls(worker, stream.id, asked_at).whip
        return PublishGrant(whip_url, token.text, token.expires_at, stream.publish_generation)
