"""The services of one API process, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from control_api.auth.access_tokens import AccessTokens
from control_api.auth.passwords import PasswordHasher
from control_api.auth.service import AuthService, RefreshPolicy
from control_api.chat.moderation import ModerationService
from control_api.chat.ports import ChatAnnouncer
from control_api.chat.service import ChatService
from control_api.chat.standing import Standing
from control_api.claims.held import HeldTracksService
from control_api.claims.service import ClaimService
from control_api.clock import Clock
from control_api.crates.service import CrateService
from control_api.db.migrate import migrate
from control_api.db.pool import SERVER_IS_GONE, Database
from control_api.dj.library_news import LibraryNews
from control_api.dj.service import DjShows
from control_api.health.service import HealthService
from control_api.history.recordings import RecordingService
from control_api.history.service import HistoryService
from control_api.housekeeping import Housekeeping
from control_api.jobs.service import JobQueue
from control_api.linked_files.links import FileLinks
from control_api.media.audience import Audience
from control_api.media.commands import WorkerCommands
from control_api.media.ice_servers import TurnServers
from control_api.media.mixers import MixerRegistry
from control_api.media.reconciler import Reconciler
from control_api.media.reconciling import Reconciling
from control_api.media.registry import WorkerRegistry
from control_api.media.tokens import MediaTokenSigner
from control_api.media.verdict import Patience
from control_api.mixes.assembly import MixParts
from control_api.mixes.members import MixMembers
from control_api.mixes.membership import Membership
from control_api.mixes.news import MixNews
from control_api.mixes.service import MixService
from control_api.objects.store import Objects
from control_api.play_queue.service import QueueService
from control_api.playlists.service import PlaylistService
from control_api.rate_limit import Limit, RateLimiter
from control_api.settings import ApiSettings
from control_api.specs.assembly import StreamParts
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.endings import StreamEndings
from control_api.streams.live_states import LiveStates
from control_api.streams.service import StreamService
from control_api.streams.viewers import ViewerService
from control_api.tracks.covers import CoverService
from control_api.tracks.decisions import TrackDecisions
from control_api.tracks.files import TrackFiles
from control_api.tracks.picture_process import PictureProcess
from control_api.tracks.service import TracksService
from control_api.uploads.forgetting import UploadForgetting
from control_api.uploads.service import UploadService
from control_api.users.service import UserService
from control_api.valkey import create_valkey

MIGRATION_RETRY_S = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes call, and what Socket.IO may ask: `auth.authenticate`, `streams.find_state`,
    `membership.may_enter`, `chat.send`."""

    auth: AuthService
    users: UserService
    streams: StreamService
    live: StreamParts
    viewers: ViewerService
    chat: ChatService
    moderation: ModerationService
    shows: DjShows
    mixes: MixService
    mix_members: MixMembers
    membership: Membership
    uploads: UploadService
    tracks: TracksService
    track_files: TrackFiles
    covers: CoverService
    claims: ClaimService
    held_tracks: HeldTracksService
    crates: CrateService
    playlists: PlaylistService
    queue: QueueService
    history: HistoryService
    recordings: RecordingService
    links: FileLinks
    health: HealthService
    limiter: RateLimiter


class Assembly:
    """Makes the services at once, without a connection; `running()` connects and runs what works in the background."""

    def __init__(
        self, settings: ApiSettings, announcer: StreamAnnouncer, chat_announcer: ChatAnnouncer, clock: Clock
    ) -> None:
        self._settings = settings
        self._database = Database(
            settings.database_url.get_secret_value(),
            size=settings.database_pool_size,
            timeout_s=settings.database_timeout_s,
            command_timeout_s=settings.database_command_timeout_s,
        )
        self._valkey = create_valkey(settings.redis_url.get_secret_value(), timeout_s=settings.redis_timeout_s)
        self._hasher = PasswordHasher(settings.bcrypt_cost)
        limiter = RateLimiter(self._valkey)
        workers, commands = WorkerRegistry(self._valkey), WorkerCommands(self._valkey)
        turn = TurnServers(settings.turn_urls, settings.turn_secret, clock)
        signer = MediaTokenSigner(settings.media_token_private_key.get_secret_value(), clock, turn)
        users = UserService(self._database)
        objects = Objects.of(settings)
        membership, news = Membership(self._database), MixNews(self._database, self._valkey)
        jobs = JobQueue(self._database, clock)
        forgetting = UploadForgetting(self._database, objects, clock)
        uploads = UploadService(self._database, objects, jobs, forgetting, settings, clock)
        tracks = TracksService(self._database, jobs, news)
        queue = QueueService(self._database, tracks, news, clock)
        endings, states = StreamEndings(commands, announcer, news), LiveStates(membership, clock)
        live = StreamParts(
            settings,
            self._database,
            self._valkey,
            workers,
            signer,
            membership,
            announcer,
            endings,
            states,
            limiter,
            objects,
            jobs,
            clock,
        )
        streams = live.streams
        standing = Standing(self._database, streams, users, membership)
        mixes = MixParts(
            settings,
            self._database,
            self._valkey,
            workers,
            commands,
            signer,
            announcer,
            endings,
            states,
            tracks,
            queue,
            news,
            clock,
        )
        self.services = Services(
            auth=AuthService(
                self._database,
                users,
                self._hasher,
                AccessTokens(settings.jwt_secret.get_secret_value(), settings.jwt_expires_in, clock),
                limiter,
                clock,
                refresh=RefreshPolicy(
                    settings.refresh_token_secret.get_secret_value(),
                    settings.refresh_token_expires_in,
                    timedelta(seconds=settings.refresh_reuse_grace_s),
                ),
                attempts=Limit("attempts", settings.login_attempts_max, settings.login_attempts_window_s),
            ),
            users=users,
            streams=streams,
            live=live,
            viewers=ViewerService(self._database, workers, commands, signer, Audience(self._valkey, clock), clock),
            chat=ChatService(self._database, standing, chat_announcer, clock),
            moderation=ModerationService(self._database, standing, chat_announcer, clock),
            shows=DjShows(streams, mixes.service),
            mixes=mixes.service,
            mix_members=mixes.members,
            membership=membership,
            uploads=uploads,
            tracks=tracks,
            track_files=TrackFiles(self._database, objects),
            covers=CoverService(self._database, objects, PictureProcess()),
            claims=ClaimService(self._database, jobs, clock),
            held_tracks=HeldTracksService(self._database, TrackDecisions(jobs), LibraryNews(self._valkey), clock),
            crates=CrateService(self._database, tracks, clock),
            playlists=PlaylistService(self._database, tracks, clock),
            queue=queue,
            history=HistoryService(self._database, uploads, recordings_max_bytes=settings.dj_recordings_bytes),
            recordings=RecordingService(self._database, objects, jobs),
            links=FileLinks(settings.jwt_secret.get_secret_value(), f"/api/{settings.api_version}", clock),
            health=HealthService(self._database, self._valkey, workers, MixerRegistry(self._valkey)),
            limiter=limiter,
        )
        self._housekeeping = Housekeeping(
            [
                self.services.viewers.forget_old,
                self.services.auth.forget_expired,
                forgetting.forget_lapsed,
                forgetting.forget_strays,
                live.keys.forget_revoked,
                live.replay_endings.delete_lapsed,
                live.replay_endings.delete_old_downloads,
            ]
        )
        self._reconciling = Reconciling(
            Reconciler(
                self._database,
                states,
                workers,
                commands,
                announcer,
                news,
                membership,
                live.health_news,
                clock,
                Patience(
                    timedelta(seconds=settings.publish_wait_s),
                    timedelta(seconds=settings.publish_grace_s),
                    timedelta(seconds=settings.mix_grace_s),
                ),
            ),
            self._valkey,
        )
        self._keeping = mixes.keeping
        self._live_keeping = live.keeping

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Migrate, connect, reconcile and keep house while the context is open.

        Raises MigrationError, and the error of the last attempt when PostgreSQL does not answer within
        DATABASE_STARTUP_WAIT_S.
        """
        try:
            await self._migrate()
            await self._database.open()
            async with (
                self._reconciling.running(),
                self._keeping.running(),
                self._live_keeping.running(),
                self._housekeeping.running(),
            ):
                yield
        finally:
            await self._database.close()
            await self._valkey.aclose()
            self._hasher.close()

    async def _migrate(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.database_startup_wait_s
        while True:
            try:
                names = await migrate(self._settings.database_url.get_secret_value())
            except SERVER_IS_GONE as error:
                if loop.time() >= deadline:
                    raise
                log.warning("database_not_ready", cause=repr(error))
                await asyncio.sleep(MIGRATION_RETRY_S)
            else:
                if names:
                    log.info("migrated", files=names)
                return
