"""Opening a booth, being in it, going on air from it, and closing it."""

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import ServiceUnavailable
from control_api.identity import Actor, StreamId
from control_api.media.addresses import AskedAt
from control_api.media.mixers import MixerRegistry, MixerSnapshot, least_busy
from control_api.media.registry import NoMediaWorker, WorkerRegistry, least_loaded
from control_api.mixes import queries
from control_api.mixes.errors import DeckNotThere, MixNotFound
from control_api.mixes.grants import DeviceGrants
from control_api.mixes.line import MixerLine
from control_api.mixes.locks import lock_for_lead, lock_for_member
from control_api.mixes.models import Booth, DeviceGrant, Entered, LoadPlace, Mix, MixState
from control_api.mixes.news import MixNews
from control_api.mixes.ports import Library
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.endings import StreamEndings
from control_api.streams.errors import AlreadyLive
from control_api.streams.models import Stream, StreamState
from control_api.streams.of_mixes import StreamsOfMixes
from control_api.tracks.models import TrackId

OPEN_ATTEMPTS = 3


class MixService:
    """Every change of a mix locks its row first, and its stream's only after that."""

    def __init__(
        self,
        database: Database,
        workers: WorkerRegistry,
        mixers: MixerRegistry,
        streams: StreamsOfMixes,
        endings: StreamEndings,
        announcer: StreamAnnouncer,
        library: Library,
        line: MixerLine,
        grants: DeviceGrants,
        news: MixNews,
        clock: Clock,
    ) -> None:
        self._database = database
        self._workers = workers
        self._mixers = mixers
        self._streams = streams
        self._endings = endings
        self._announcer = announcer
        self._library = library
        self._line = line
        self._grants = grants
        self._news = news
        self._clock = clock

    async def open(self, actor: Actor, deck_count: int) -> tuple[Booth, bool]:
        """The booth that the actor leads, or a new one, and whether it is new.

        Raises AlreadyLive while a stream of theirs without such a mix has not ended, NoMixer, NoMediaWorker.
        """
        mixers = await self._mixers.mixers()
        for _ in range(OPEN_ATTEMPTS):
            if booth := await self._find_own(actor, mixers):
                return booth, False
            if booth := await self._create(actor, deck_count, mixers):
                await self._news.mix_changed(booth.stream.id)
                return booth, True
            # Somebody was faster: it is there to be found now, unless it is closed already.
        raise ServiceUnavailable("mixes")

    async def current(self, actor: Actor) -> Booth | None:
        """The open mix that the actor leads, else the one they joined last."""
        mixers = await self._mixers.mixers()
        async with self._database.connection() as connection:
            mix = await queries.find_open_of(connection, actor.user_id)
            return await self._booth(connection, mix, mixers) if mix else None

    async def enter(self, actor: Actor, stream_id: StreamId, asked_at: AskedAt) -> Entered:
        """Be in the booth with one more device. Raises MixNotFound, NoMediaWorker."""
        mixers, workers = await self._mixers.mixers(), await self._workers.workers()
        async with self._database.transaction() as connection:
            mix = await lock_for_member(connection, stream_id, actor.user_id)
            stream = await self._next_generation(connection, stream_id)
            worker = workers.get(stream.worker_id)
            if worker is None:
                raise NoMediaWorker
            await queries.set_entered(connection, stream_id, self._clock())
        return Entered(
            booth=Booth(mix, stream, state_of(mix, mixers)),
            monitor=self._grants.monitor(stream, actor.user_id, worker, asked_at),
            talk=self._grants.talk(stream, actor.user_id, worker, asked_at),
        )

    async def talk(self, actor: Actor, stream_id: StreamId, asked_at: AskedAt) -> DeviceGrant:
        """Take microphone and camera over. Raises MixNotFound, NoMediaWorker."""
        workers = await self._workers.workers()
        async with self._database.transaction() as connection:
            await lock_for_member(connection, stream_id, actor.user_id)
            stream = await self._next_generation(connection, stream_id)
            worker = workers.get(stream.worker_id)
            if worker is None:
                raise NoMediaWorker
        return self._grants.talk(stream, actor.user_id, worker, asked_at)

    async def load(self, actor: Actor, stream_id: StreamId, place: LoadPlace, track_id: TrackId | None) -> None:
        """Put one's own track on a deck or a pad; None takes off what is there.

        Raises MixNotFound, DeckNotThere, TrackNotFound, TrackNotReady, MixerSilent, LoadRefused.
        """
        async with self._database.connection() as connection:
            mix = await queries.find_open(connection, stream_id)
        if mix is None or not mix.has_member(actor.user_id):
            raise MixNotFound
        if place[0] == "deck" and place[1] >= mix.deck_count:
            raise DeckNotThere
        track = await self._library.playable(actor.user_id, track_id) if track_id else None
        await self._line.load(stream_id, actor.user_id, place, track)

    async def find_startable(self, actor: Actor) -> StreamId | None:
        """The booth that start-stream would take on air: the open one that the actor leads."""
        async with self._database.connection() as connection:
            mix = await queries.find_open_of(connection, actor.user_id)
        return mix.stream_id if mix and mix.lead_id == actor.user_id else None

    async def start(self, actor: Actor, stream_id: StreamId, title: str, description: str) -> Stream:
        """Take the mix on air. Raises MixNotFound, NotLead, AlreadyLive."""
        async with self._database.transaction() as connection:
            await lock_for_lead(connection, stream_id, actor.user_id)
            stream = await self._streams.go_live(connection, stream_id, title, description)
            if stream is None:
                raise AlreadyLive(stream_id)
        await self._news.mix_changed(stream_id)
        await self._announcer.stream_changed(StreamState.of(stream))
        return stream

    async def close(self, actor: Actor, stream_id: StreamId) -> Stream:
        """End the mix and its stream. Raises MixNotFound, NotLead."""
        async with self._database.transaction() as connection:
            await lock_for_lead(connection, stream_id, actor.user_id)
            stream = await self._streams.find(connection, stream_id)
            await queries.close(connection, stream_id, self._clock())
            ended = await self._streams.end(connection, stream_id)
        if stream is None or ended is None:
            # It ended by itself meanwhile, and its mix would have been closed with it.
            raise MixNotFound
        await self._endings.tell(ended, was_on_air=stream.is_on_air)
        return ended

    async def _find_own(self, actor: Actor, mixers: dict[str, MixerSnapshot]) -> Booth | None:
        async with self._database.connection() as connection:
            mix = await queries.find_open_of(connection, actor.user_id)
            if mix is not None and mix.lead_id == actor.user_id:
                return await self._booth(connection, mix, mixers)
            stream = await self._streams.find_open_of(connection, actor.user_id)
            if stream is None:
                return None
            # Handed over: one's own stream goes on, led by somebody else.
            mix = await queries.find_open(connection, stream.id)
            if mix is not None and mix.has_member(actor.user_id):
                return Booth(mix, stream, state_of(mix, mixers))
        raise AlreadyLive(stream.id)

    async def _create(self, actor: Actor, deck_count: int, mixers: dict[str, MixerSnapshot]) -> Booth | None:
        """None when the actor has a stream by now."""
        workers = await self._workers.workers()
        async with self._database.transaction() as connection:
            worker = least_loaded(workers, await self._streams.count_by_worker(connection))
            mixer = least_busy(mixers, await queries.count_open_by_mixer(connection))
            stream = await self._streams.schedule(connection, actor, worker.worker_id)
            if stream is None:
                return None
            await queries.insert_mix(
                connection, stream.id, actor.user_id, mixer.mixer_id, deck_count, stream.start_time
            )
            mix = await queries.lock_open(connection, stream.id)
            return Booth(mix, stream, state_of(mix, mixers)) if mix else None

    async def _booth(self, connection: Connection, mix: Mix, mixers: dict[str, MixerSnapshot]) -> Booth | None:
        stream = await self._streams.find(connection, mix.stream_id)
        return Booth(mix, stream, state_of(mix, mixers)) if stream else None

    async def _next_generation(self, connection: Connection, stream_id: StreamId) -> Stream:
        stream = await self._streams.find(connection, stream_id)
        renewed = await self._streams.next_generation(connection, stream) if stream else None
        if renewed is None:
            raise MixNotFound
        return renewed


def state_of(mix: Mix, mixers: dict[str, MixerSnapshot]) -> MixState:
    mixer = mixers.get(mix.mixer_id)
    if mixer is None:
        return MixState.LOST
    running = mixer.mixes.get(mix.stream_id)
    if running is not None and not running.begun:
        return MixState.LOST
    return MixState.RUNNING if running is not None and running.is_running else MixState.STARTING
