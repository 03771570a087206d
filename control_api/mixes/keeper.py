"""Keeps mixes going: moves them off mixers and media workers that are gone, and closes booths nobody is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import ServiceUnavailable
from control_api.media.missing_workers import MissingWorkers
from control_api.media.mixers import MixerRegistry, MixerSnapshot, NoMixer, least_busy
from control_api.media.models import WorkerSnapshot
from control_api.media.registry import NoMediaWorker, WorkerRegistry, least_loaded
from control_api.mixes import queries
from control_api.mixes.desired import DesiredMixes
from control_api.mixes.events import MixerEvents
from control_api.mixes.models import Mix
from control_api.mixes.turned_away import TurnedAway
from control_api.streams.endings import StreamEndings
from control_api.streams.live_states import LiveStates
from control_api.streams.models import Status, Stream
from control_api.streams.of_mixes import StreamsOfMixes

LOCK_KEY = 0x4E52534D  # "NRSM"
# How often it is written down that somebody is in a booth.
ENTERED_EACH = timedelta(seconds=60)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperLimits:
    """`mixer_grace`: how long a mixer may be away before its mixes go to another. `booth_idle`: how long a booth that
    is not on air stays open with nobody in it."""

    mixer_grace: timedelta
    booth_idle: timedelta


class MixKeeper:
    """Safe in several processes: a round holds an advisory lock, and reads what is after it has it."""

    def __init__(
        self,
        database: Database,
        workers: WorkerRegistry,
        mixers: MixerRegistry,
        states: LiveStates,
        streams: StreamsOfMixes,
        endings: StreamEndings,
        desired: DesiredMixes,
        events: MixerEvents,
        clock: Clock,
        limits: KeeperLimits,
    ) -> None:
        self._database = database
        self._workers = workers
        self._mixers = mixers
        self._states = states
        self._streams = streams
        self._endings = endings
        self._desired = desired
        self._events = events
        self._clock = clock
        self._limits = limits
        self._missing_mixers = MissingWorkers(limits.mixer_grace)
        self._missing_workers = MissingWorkers()
        self._turned_away = TurnedAway()

    async def run_once(self) -> bool:
        """One round; False when another process is in the middle of one. Raises ServiceUnavailable."""
        async with self._database.transaction() as lock:
            if not await lock.fetchval("select pg_try_advisory_xact_lock($1)", LOCK_KEY):
                return False
            try:
                mixers, workers = await self._mixers.mixers(), await self._workers.workers()
            except ServiceUnavailable:
                self._missing_mixers.forget()
                self._missing_workers.forget()
                raise
            await self._mend(mixers, workers)
            await self._desired.write(await self._open_mixes(), workers)
            await self._events.keep_new()
        return True

    async def _open_mixes(self) -> list[tuple[Mix, Stream]]:
        async with self._database.connection() as connection:
            mixes = await queries.all_open(connection)
            streams = {stream.id: stream for stream in await self._states.all_open(connection)}
        return [(mix, streams[mix.stream_id]) for mix in mixes if mix.stream_id in streams]

    async def _mend(self, mixers: Mapping[str, MixerSnapshot], workers: Mapping[str, WorkerSnapshot]) -> None:
        now, mixes = self._clock(), await self._open_mixes()
        gone_mixers = self._missing_mixers.look({mix.mixer_id for mix, _ in mixes}, mixers.keys(), now)
        gone_workers = self._missing_workers.look({stream.worker_id for _, stream in mixes}, workers.keys(), now)
        turned_away = self._turned_away.look([mix for mix, _ in mixes], mixers, now)
        for mix, stream in mixes:
            if mix.mixer_id in gone_mixers or mix.stream_id in turned_away:
                async with self._database.transaction() as connection:
                    await self._move_mix(connection, mix, mixers)
            if stream.worker_id in gone_workers or _is_leaving(workers.get(stream.worker_id)):
                async with self._database.transaction() as connection:
                    await self._move_feed(connection, mix, workers)
            mixer = mixers.get(mix.mixer_id)
            if mixer is not None and stream.status is Status.SCHEDULED:
                await self._look_into(mix, mixer)

    async def _move_mix(self, connection: Connection, mix: Mix, mixers: Mapping[str, MixerSnapshot]) -> None:
        """Have another mixer take the mix up; the one that had it is fenced by the generation of the feed."""
        turned_away_by = self._turned_away.by(mix.stream_id)
        others = {
            mixer_id: mixer
            for mixer_id, mixer in mixers.items()
            if mixer_id != mix.mixer_id and mixer_id not in turned_away_by
        }
        try:
            mixer = least_busy(others, await queries.count_open_by_mixer(connection))
        except NoMixer:
            return
        if await queries.lock_open(connection, mix.stream_id) is not None:
            await queries.move(connection, mix.stream_id, mixer.mixer_id)
            log.warning("mix_moved", stream_id=str(mix.stream_id), mixer_id=mixer.mixer_id, lost=mix.mixer_id)

    async def _move_feed(self, connection: Connection, mix: Mix, workers: Mapping[str, WorkerSnapshot]) -> None:
        """Have the mixer feed another media worker."""
        try:
            worker = least_loaded(workers, await self._streams.count_by_worker(connection))
        except NoMediaWorker:
            return
        current = await queries.lock_open(connection, mix.stream_id)
        if current is not None:
            await queries.move(connection, mix.stream_id, current.mixer_id)
            await self._streams.move(connection, mix.stream_id, worker.worker_id)
            log.warning("feed_moved", stream_id=str(mix.stream_id), worker_id=worker.worker_id)

    async def _look_into(self, mix: Mix, mixer: MixerSnapshot) -> None:
        """Whether somebody is in a booth that is not on air, and if not, whether there was lately."""
        now, running = self._clock(), mixer.mixes.get(mix.stream_id)
        if running is not None and running.devices > 0:
            if now - mix.last_entered_at >= ENTERED_EACH:
                async with self._database.connection() as connection:
                    await queries.set_entered(connection, mix.stream_id, now)
        elif now - mix.last_entered_at >= self._limits.booth_idle:
            await self._close_idle(mix)

    async def _close_idle(self, mix: Mix) -> None:
        async with self._database.transaction() as connection:
            current = await queries.lock_open(connection, mix.stream_id)
            stream = await self._streams.find(connection, mix.stream_id)
            if (
                current is None
                or current.last_entered_at > mix.last_entered_at
                or stream is None
                or stream.status is not Status.SCHEDULED
            ):
                return
            await queries.close(connection, mix.stream_id, self._clock())
            ended = await self._streams.end(connection, mix.stream_id)
        if ended is not None:
            log.info("booth_closed", stream_id=str(mix.stream_id), reason="idle")
            await self._endings.tell(ended, was_on_air=False)


def _is_leaving(worker: WorkerSnapshot | None) -> bool:
    return worker is not None and worker.draining
