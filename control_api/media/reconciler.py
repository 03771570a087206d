"""Makes PostgreSQL agree with what the media workers say, and the workers with what PostgreSQL says has ended.

Level-triggered: each round compares everything, so a message, a command or a process that was lost heals itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.errors import ServiceUnavailable
from control_api.identity import StreamId, UserId, ViewerId
from control_api.media.commands import WorkerCommands
from control_api.media.intruders import BoothMembers, find_intruders
from control_api.media.missing_workers import MissingWorkers
from control_api.media.models import RoomSnapshot, WorkerSnapshot
from control_api.media.moves import Move, Moves
from control_api.media.registry import WorkerRegistry
from control_api.media.verdict import Ends, Patience, judge
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.booths import BoothNews
from control_api.streams.live_states import LiveStates
from control_api.streams.models import Ingest, MediaState, Source, Status, Stream, StreamState

LOCK_KEY = 0x4E525352  # "NRSR"

Workers = Mapping[str, WorkerSnapshot]

log = structlog.get_logger(__name__)


class RoomNews(Protocol):
    async def tell(self, streams: Sequence[Stream], workers: Workers) -> None:
        """Tell creators how their streams arrive. Never fails."""


@dataclass(slots=True)
class Outcome:
    """What a round changed, which rooms have to be ended or given up at which worker, who has to go to another one,
    and who is to leave which booth."""

    changed: list[Stream] = field(default_factory=list)
    lobby_changed: bool = False
    to_end: list[tuple[str, StreamId]] = field(default_factory=list)
    to_release: list[tuple[str, StreamId]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    to_drop: list[tuple[str, StreamId, UserId]] = field(default_factory=list)


class Reconciler:
    """Safe in several processes: a round holds an advisory lock and reads the snapshots after it has it, so that an
    older view never overwrites a newer one; what changed is announced by the process whose statement changed it."""

    def __init__(
        self,
        database: Database,
        states: LiveStates,
        workers: WorkerRegistry,
        commands: WorkerCommands,
        announcer: StreamAnnouncer,
        booths: BoothNews,
        members: BoothMembers,
        news: RoomNews,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._database = database
        self._states = states
        self._workers = workers
        self._commands = commands
        self._announcer = announcer
        self._booths = booths
        self._members = members
        self._news = news
        self._clock = clock
        self._patience = patience
        self._missing = MissingWorkers()
        self._moves = Moves()

    async def run_once(self) -> bool:
        """One round; False when another process is in the middle of one. Raises ServiceUnavailable."""
        async with self._database.transaction() as transaction:
            if not await transaction.fetchval("select pg_try_advisory_xact_lock($1)", LOCK_KEY):
                return False
            try:
                workers = await self._workers.workers()
            except ServiceUnavailable:
                self._missing.forget()
                raise
            # Read after the snapshots: a room in a snapshot was granted by a stream that is committed by now.
            streams = await self._states.all_open(transaction)
            outcome = await self._compare(transaction, streams, workers)
            outcome.to_drop = await find_intruders(transaction, self._members, workers)
        await self._tell(outcome)
        await self._news.tell(streams, workers)
        return True

    async def _compare(self, transaction: Connection, streams: list[Stream], workers: Workers) -> Outcome:
        now = self._clock()
        wanted = {stream.worker_id for stream in streams}.union(self._moves.known_workers)
        gone = self._missing.look(wanted, workers.keys(), now)
        outcome = Outcome(moves=self._moves.look(workers, gone, now))
        outcome.to_end, outcome.to_release = _stray_rooms(streams, workers)
        for stream in streams:
            if stream.status is Status.SCHEDULED:
                continue
            # A worker that is missing but may only be late to write again says nothing either way.
            if stream.worker_id in workers or stream.worker_id in gone:
                changed = await self._correct(transaction, stream, workers, worker_is_gone=stream.worker_id in gone)
                if changed is not None:
                    outcome.changed.append(changed)
                    outcome.lobby_changed |= changed.media_state is not stream.media_state and (
                        changed.is_on_air or stream.is_on_air
                    )
        return outcome

    async def _correct(
        self, transaction: Connection, stream: Stream, workers: Workers, *, worker_is_gone: bool
    ) -> Stream | None:
        room = _room_of(stream, workers)
        verdict = judge(stream, room, worker_is_gone=worker_is_gone, now=self._clock(), patience=self._patience)
        if isinstance(verdict, Ends):
            log.info("stream_ended", stream_id=str(stream.id), reason=verdict.reason.value)
            return await self._states.end(transaction, stream, verdict.reason)
        viewer_count = 0 if verdict.media_state is MediaState.WAITING else _viewers(stream.id, workers)
        ingest = Ingest(room.ingest) if room is not None and room.ingest is not None else None
        return await self._states.observe(transaction, stream, verdict.media_state, viewer_count, ingest)

    async def _tell(self, outcome: Outcome) -> None:
        for worker_id, stream_id in outcome.to_end:
            await self._commands.end_stream(worker_id, stream_id)
        for worker_id, stream_id in outcome.to_release:
            await self._commands.release_stream(worker_id, stream_id)
        for worker_id, stream_id, user_id in outcome.to_drop:
            await self._commands.drop_viewer(worker_id, stream_id, ViewerId(user_id))
        for stream in outcome.changed:
            await self._announcer.stream_changed(StreamState.of(stream))
            if stream.source is Source.MIX and stream.status is Status.ENDED:
                await self._booths.mix_changed(stream.id)
        # After the states: who is told to move asks for a stream as it is now.
        for move in outcome.moves:
            await self._announcer.stream_moves(move.stream_id, move.worker_id)
        if outcome.lobby_changed:
            await self._announcer.lobby_changed()


def _viewers(stream_id: StreamId, workers: Workers) -> int:
    """Those who watch on any worker."""
    rooms = (worker.rooms.get(stream_id) for worker in workers.values())
    return sum(room.viewers for room in rooms if room is not None and room.state != "ended")


def _room_of(stream: Stream, workers: Workers) -> RoomSnapshot | None:
    """The room that says how the stream is: at its own worker, else one where the publisher still is.

    Between a new grant and the publisher's coming with it, the stream goes on where it was.
    """
    home = workers.get(stream.worker_id)
    room = home.origin_room(stream.id) if home is not None else None
    if room is not None:
        return room
    elsewhere = (worker.origin_room(stream.id) for worker in workers.values())
    return next((room for room in elsewhere if room is not None and room.state == "live"), None)


def _stray_rooms(
    streams: list[Stream], workers: Workers
) -> tuple[list[tuple[str, StreamId]], list[tuple[str, StreamId]]]:
    """Rooms that go on although their stream has ended; and those of publishers although it is live at its own worker,
    which is another."""
    by_id = {stream.id: stream for stream in streams}
    to_end, to_release = [], []
    for worker_id, worker in workers.items():
        for stream_id, room in worker.rooms.items():
            if room.state == "ended":
                continue
            stream = by_id.get(stream_id)
            if stream is None:
                to_end.append((worker_id, stream_id))
            elif room.role == "origin" and stream.worker_id != worker_id and _is_live_at_home(stream, room, workers):
                to_release.append((worker_id, stream_id))
    return to_end, to_release


def _is_live_at_home(stream: Stream, elsewhere: RoomSnapshot, workers: Workers) -> bool:
    home = workers.get(stream.worker_id)
    room = home.origin_room(stream.id) if home is not None else None
    if room is None or room.state != "live":
        return False
    # Where a mix is fed to is ours to say; a publisher goes where its newest grant lets it.
    return stream.source is Source.MIX or room.generation > elsewhere.generation
