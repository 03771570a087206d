"""The parts of streams, put together: starting them, letting encoders in, recording, and where they go on to."""

from datetime import timedelta

from redis.asyncio import Redis

from control_api.api.internal import InternalRoutes
from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.encoders.internal import InternalIngest
from control_api.encoders.service import EncoderService
from control_api.jobs.service import JobQueue
from control_api.media.live_rooms import LiveRooms
from control_api.media.origins import OriginRegistry
from control_api.media.registry import WorkerRegistry
from control_api.media.tokens import MediaTokenSigner
from control_api.objects.store import Objects
from control_api.rate_limit import RateLimiter
from control_api.replays.addresses import ReplayAddresses
from control_api.replays.closing import ReplayEndings
from control_api.replays.downloads import DownloadService
from control_api.replays.events import RecordingEvents
from control_api.replays.playback import Playback
from control_api.replays.recordings import RecordingService
from control_api.replays.service import ReplayService
from control_api.replays.tokens import ReplayTokens
from control_api.rounds import Rounds
from control_api.settings import ApiSettings
from control_api.specs.desired import DesiredSpecs, SpecDefaults
from control_api.specs.keeper import StreamKeeper
from control_api.specs.news import SpecChanges
from control_api.stream_health.service import StreamHealthNews, StreamHealthService
from control_api.stream_keys.service import StreamKeyService
from control_api.streams.announced import AnnouncedStreams
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.booths import Booths
from control_api.streams.endings import StreamEndings
from control_api.streams.live_states import LiveStates
from control_api.streams.of_encoders import StreamsOfEncoders
from control_api.streams.relays import InternalRelay
from control_api.streams.service import StreamService
from control_api.targets.service import TargetService
from control_api.vault import Vault


class StreamParts:
    """What routes call; `health_news` is told by the reconciler, `internal` answers media workers, and `keeping` runs
    in the background."""

    def __init__(
        self,
        settings: ApiSettings,
        database: Database,
        valkey: Redis,
        workers: WorkerRegistry,
        signer: MediaTokenSigner,
        booths: Booths,
        announcer: StreamAnnouncer,
        endings: StreamEndings,
        states: LiveStates,
        limiter: RateLimiter,
        objects: Objects,
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        vault = Vault(
            [secret.get_secret_value() for secret in (settings.targets_secret, *settings.targets_secrets_old)]
        )
        specs, of_encoders = SpecChanges(), StreamsOfEncoders(clock)
        self.announced = AnnouncedStreams(database, announcer, clock)
        self.streams = StreamService(database, workers, endings, signer, booths, self.announced, specs, clock)
        self.live_rooms = LiveRooms(workers)
        self.keys = StreamKeyService(database, vault, of_encoders, endings, clock)
        self.encoders = EncoderService(database, self.keys, workers, of_encoders, specs, announcer, limiter)
        self.internal = InternalRoutes(
            settings.internal_token.get_secret_value(),
            {
                "ingest": InternalIngest(self.encoders).answer,
                "relay": InternalRelay(database, OriginRegistry(valkey), signer).answer,
            },
        )
        self.targets = TargetService(database, vault, specs, clock, allow_private=settings.targets_allow_private)
        self.recordings = RecordingService(database, specs, clock, limit_bytes=settings.replays_bytes)
        tokens = ReplayTokens(settings.jwt_secret.get_secret_value(), clock)
        self.replays = ReplayService(database, jobs, specs, clock)
        self.replay_addresses = ReplayAddresses(tokens, f"/api/{settings.api_version}")
        self.playback = Playback(database, objects, tokens)
        self.downloads = DownloadService(database, objects, jobs, tokens)
        self.replay_endings = ReplayEndings(database, jobs, clock, grace=timedelta(seconds=settings.replay_grace_s))
        self.health = StreamHealthService(self.streams, self.live_rooms)
        self.health_news = StreamHealthNews(valkey)
        defaults = SpecDefaults(settings.rewind_s, settings.ladder)
        keeper = StreamKeeper(
            database,
            states,
            DesiredSpecs(database, valkey, self.recordings, self.targets, defaults),
            before=[self.announced.end_overdue, self.recordings.begin_wanted],
            after=[RecordingEvents(database, valkey, jobs, clock).keep_new, self.replay_endings.close_abandoned],
        )
        self.keeping = Rounds("streams", keeper, specs.wanted)
