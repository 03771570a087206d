"""Replays: finding, changing and deleting them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import Forbidden
from control_api.identity import Actor, Role, UserId
from control_api.jobs.service import JobQueue
from control_api.replays import queries
from control_api.replays.errors import ReplayNotFound
from control_api.replays.jobs import DELETE_REPLAY
from control_api.replays.models import Chapter, Rendition, Replay, ReplayId, Visibility
from control_api.streams.spec_news import SpecNews

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A replay with what it consists of."""

    replay: Replay
    renditions: Sequence[Rendition]
    chapters: Sequence[Chapter]


@dataclass(frozen=True, slots=True)
class ReplayChanges:
    """What is None stays as it is; `keep_days` counts from now, and is None for ever when `sets_keep`."""

    title: str | None = None
    description: str | None = None
    visibility: Visibility | None = None
    sets_keep: bool = False
    keep_days: int | None = None


class ReplayService:
    def __init__(self, database: Database, jobs: JobQueue, specs: SpecNews, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._specs = specs
        self._clock = clock

    async def page(
        self, actor: Actor | None, creator_id: UserId | None, *, offset: int, limit: int
    ) -> tuple[list[Shown], int]:
        """Those that the actor may see, the newest first, and how many there are in all. Chapters are left out."""
        async with self._database.connection() as connection:
            seen_by = actor.user_id if actor else None
            replays, total = await queries.page(connection, creator_id, seen_by, offset=offset, limit=limit)
            renditions = await queries.renditions(connection, [replay.id for replay in replays])
        return [Shown(replay, renditions[replay.id], ()) for replay in replays], total

    async def get(self, actor: Actor | None, replay_id: ReplayId) -> Shown:
        """Raises ReplayNotFound, also for what the actor may not see."""
        async with self._database.connection() as connection:
            replay = await visible(connection, actor, replay_id)
            return await _shown(connection, replay)

    async def edit(self, actor: Actor, replay_id: ReplayId, changes: ReplayChanges) -> Shown:
        """Raises ReplayNotFound, Forbidden."""
        async with self._database.transaction() as connection:
            replay = await own(connection, actor, replay_id)
            keep_until = replay.keep_until
            if changes.sets_keep:
                days = changes.keep_days
                keep_until = self._clock() + timedelta(days=days) if days is not None else None
            await queries.edit(
                connection,
                replay,
                title=replay.title if changes.title is None else changes.title,
                description=replay.description if changes.description is None else changes.description,
                visibility=changes.visibility or replay.visibility,
                keep_until=keep_until,
            )
            return await _shown(connection, await own(connection, actor, replay_id))

    async def delete(self, actor: Actor, replay_id: ReplayId) -> None:
        """Forget it; its objects go with a job. A recording that is under way ends.

        Raises ReplayNotFound, Forbidden.
        """
        async with self._database.transaction() as connection:
            replay = await own(connection, actor, replay_id, admins_too=True)
            await queries.delete(connection, replay_id)
            await self._jobs.put(connection, DELETE_REPLAY, {"prefix": replay.prefix})
        log.info("replay_deleted", replay_id=str(replay_id), user_id=str(actor.user_id))
        self._specs.spec_changed()


async def visible(connection: Connection, actor: Actor | None, replay_id: ReplayId) -> Replay:
    """Raises ReplayNotFound, also for what the actor may not see."""
    replay = await queries.find(connection, replay_id)
    if replay is None or not replay.may_be_seen_by(actor.user_id if actor else None):
        raise ReplayNotFound
    return replay


async def own(connection: Connection, actor: Actor, replay_id: ReplayId, *, admins_too: bool = False) -> Replay:
    """Raises ReplayNotFound, and Forbidden for what the actor may see and somebody else has."""
    replay = await queries.find(connection, replay_id)
    may = replay is not None and (replay.creator_id == actor.user_id or (admins_too and actor.role is Role.ADMIN))
    if replay is None or not (may or replay.may_be_seen_by(actor.user_id)):
        raise ReplayNotFound
    if not may:
        raise Forbidden("This is not your replay.")
    return replay


async def _shown(connection: Connection, replay: Replay) -> Shown:
    renditions = (await queries.renditions(connection, [replay.id]))[replay.id]
    breaks = await queries.breaks(connection, replay.id, renditions[0].name) if renditions else []
    return Shown(replay, renditions, chapters_at(breaks))


def chapters_at(breaks: Sequence[float]) -> list[Chapter]:
    """A chapter for each time that the publisher came again; none for what was never interrupted."""
    if not breaks:
        return []
    starts = [0.0, *breaks]
    return [Chapter(at_s, f"Part {number}") for number, at_s in enumerate(starts, start=1)]
