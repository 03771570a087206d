"""Watching a stream: joining, leaving, and who is there."""

from datetime import timedelta

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.errors import Forbidden
from control_api.identity import Actor, Role, StreamId, ViewerId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.audience import Audience
from control_api.media.commands import WorkerCommands
from control_api.media.registry import WorkerRegistry, for_viewer
from control_api.media.tokens import MediaTokenSigner
from control_api.streams import queries, viewer_queries
from control_api.streams.errors import StreamEnded, StreamNotBegun, StreamNotFound, ViewerNotFound
from control_api.streams.models import Status, Stream, Viewer, WatchGrant

# Who still watches by then is counted, but no longer in the list; a watch token is good for six hours.
VIEWER_KEPT = timedelta(days=2)


class ViewerService:
    def __init__(
        self,
        database: Database,
        workers: WorkerRegistry,
        commands: WorkerCommands,
        tokens: MediaTokenSigner,
        audience: Audience,
        clock: Clock,
    ) -> None:
        self._database = database
        self._workers = workers
        self._commands = commands
        self._tokens = tokens
        self._audience = audience
        self._clock = clock

    async def join(self, actor: Actor | None, stream_id: StreamId, asked_at: AskedAt) -> tuple[Stream, WatchGrant]:
        """Where to watch: by WebRTC at a worker that is not busy, by HLS where the publisher is.

        Raises StreamNotFound, StreamEnded, StreamNotBegun, and NoMediaWorker while no worker takes anybody.
        """
        workers = await self._workers.workers()
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
            if stream is None or not stream.is_public:
                raise StreamNotFound
            if stream.status is Status.ENDED:
                raise StreamEnded
            if stream.is_announced:
                raise StreamNotBegun
            worker = for_viewer(workers, stream.worker_id)
            user_id = actor.user_id if actor else None
            viewer_id = await viewer_queries.insert_viewer(connection, stream_id, user_id, self._clock())
        token = self._tokens.watch(stream_id, viewer_id)
        # While the stream's own worker is away, nothing is to be had by HLS anywhere.
        origin = workers.get(stream.worker_id, worker)
        return stream, WatchGrant(
            viewer_id,
            worker.worker_id,
            origin.worker_id,
            media_urls(worker, stream_id, asked_at).whep,
            media_urls(origin, stream_id, asked_at).hls,
            token.text,
            token.expires_at,
            token.ice_servers,
        )

    async def leave(self, actor: Actor | None, stream_id: StreamId, viewer_id: ViewerId) -> None:
        """End one's own watching. The id of an anonymous viewer is its only proof; that of a user is none to others.

        Raises ViewerNotFound, for someone else's too.
        """
        async with self._database.connection() as connection:
            viewer = await viewer_queries.find_viewer(connection, stream_id, viewer_id)
            if viewer is None or not _is_own(viewer, actor):
                raise ViewerNotFound
            await viewer_queries.mark_left(connection, viewer_id, self._clock())
            stream = await queries.find_stream(connection, stream_id)
        if stream is not None and stream.status is Status.LIVE:
            await self._drop(stream, viewer_id)

    async def _drop(self, stream: Stream, viewer_id: ViewerId) -> None:
        """At every worker: whoever has the token may turn up at one that does not have the stream yet."""
        workers = await self._workers.workers()
        for worker_id in sorted({stream.worker_id, *workers}):
            await self._commands.drop_viewer(worker_id, stream.id, viewer_id)

    async def page(self, actor: Actor, stream_id: StreamId, *, offset: int, limit: int) -> tuple[list[Viewer], int]:
        """Those who watch now and how many they are. Raises StreamNotFound, Forbidden."""
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
        if stream is None or not (stream.is_public or stream.creator_id == actor.user_id):
            raise StreamNotFound
        if actor.role is not Role.ADMIN and stream.creator_id != actor.user_id:
            raise Forbidden("Only the creator sees who is watching.")
        present = await self._audience.viewers(stream_id)
        async with self._database.connection() as connection:
            return await viewer_queries.page_viewers(connection, stream_id, present, offset=offset, limit=limit)

    async def forget_old(self, limit: int) -> int:
        """Delete at most `limit` viewers who joined more than VIEWER_KEPT ago, and return how many there were."""
        async with self._database.connection() as connection:
            return await viewer_queries.delete_viewers(connection, self._clock() - VIEWER_KEPT, limit)


def _is_own(viewer: Viewer, actor: Actor | None) -> bool:
    return viewer.user_id is None or (actor is not None and viewer.user_id == actor.user_id)
