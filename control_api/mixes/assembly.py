"""The parts of mixes, put together."""

from datetime import timedelta

from redis.asyncio import Redis

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.media.commands import WorkerCommands
from control_api.media.mixers import MixerRegistry
from control_api.media.registry import WorkerRegistry
from control_api.media.tokens import MediaTokenSigner
from control_api.mixes.desired import DesiredMixes
from control_api.mixes.events import MixerEvents
from control_api.mixes.grants import DeviceGrants
from control_api.mixes.keeper import KeeperLimits, MixKeeper
from control_api.mixes.keeping import MixKeeping
from control_api.mixes.line import MixerLine
from control_api.mixes.members import MixMembers
from control_api.mixes.news import MixNews
from control_api.mixes.ports import Library, Queue
from control_api.mixes.service import MixService
from control_api.settings import ApiSettings
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.endings import StreamEndings
from control_api.streams.live_states import LiveStates
from control_api.streams.of_mixes import StreamsOfMixes


class MixParts:
    """`service` and `members` are what routes call; `keeping` runs in the background."""

    def __init__(
        self,
        settings: ApiSettings,
        database: Database,
        valkey: Redis,
        workers: WorkerRegistry,
        commands: WorkerCommands,
        signer: MediaTokenSigner,
        announcer: StreamAnnouncer,
        endings: StreamEndings,
        states: LiveStates,
        library: Library,
        queue: Queue,
        news: MixNews,
        clock: Clock,
    ) -> None:
        mixers, streams = MixerRegistry(valkey), StreamsOfMixes(clock)
        self.service = MixService(
            database,
            workers,
            mixers,
            streams,
            endings,
            announcer,
            library,
            MixerLine(valkey),
            DeviceGrants(signer),
            news,
            clock,
        )
        self.members = MixMembers(database, mixers, streams, commands, news, clock)
        keeper = MixKeeper(
            database,
            workers,
            mixers,
            states,
            streams,
            endings,
            DesiredMixes(
                database,
                valkey,
                mixers,
                queue,
                signer,
                opus_bitrate_bps=settings.opus_bitrate_bps,
                recordings_max_bytes=settings.dj_recordings_bytes,
            ),
            MixerEvents(database, valkey, library, queue),
            clock,
            KeeperLimits(timedelta(seconds=settings.mixer_grace_s), timedelta(seconds=settings.booth_idle_s)),
        )
        self.keeping = MixKeeping(keeper, news.wanted)
