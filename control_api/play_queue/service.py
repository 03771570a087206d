"""A DJ's queue: kept in order by requests, shortened by mixes that play it."""

from collections.abc import Sequence

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.identity import UserId
from control_api.play_queue import queries
from control_api.play_queue.errors import EntryNotFound, QueueChanged, QueueFull
from control_api.play_queue.models import Entry, EntryId, NextTrack, QueuedTrack
from control_api.play_queue.ports import QueueListener
from control_api.tracks.models import PlayableTrack, TrackId
from control_api.tracks.service import TracksService

MAX_ENTRIES = 500


class QueueService:
    """Changes of one DJ's queue take turns. What a mix has played may go at any time; nothing minds that."""

    def __init__(self, database: Database, tracks: TracksService, listener: QueueListener, clock: Clock) -> None:
        self._database = database
        self._tracks = tracks
        self._listener = listener
        self._clock = clock

    async def all(self, dj_id: UserId) -> list[QueuedTrack]:
        """The queue from the one that is next."""
        async with self._database.connection() as connection:
            return await self._with_tracks(connection, dj_id, await queries.all_entries(connection, dj_id))

    async def add(self, dj_id: UserId, track_id: TrackId, position: int | None) -> list[QueuedTrack]:
        """Put a track in at `position`, counted from 0; at the end for None or beyond it.

        Raises TrackNotFound, QueueFull.
        """
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            await self._tracks.require(connection, dj_id, [track_id])
            entry_ids = [entry.id for entry in await queries.all_entries(connection, dj_id)]
            if len(entry_ids) >= MAX_ENTRIES:
                raise QueueFull
            place = len(entry_ids) if position is None else min(position, len(entry_ids))
            entry_ids.insert(place, await queries.insert_entry(connection, dj_id, track_id, place, self._clock()))
            # What was played or deleted has left gaps.
            await queries.set_order(connection, dj_id, entry_ids)
        return await self._changed(dj_id)

    async def reorder(self, dj_id: UserId, entry_ids: Sequence[EntryId]) -> list[QueuedTrack]:
        """Raises QueueChanged unless these are the entries that are there, each once."""
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            present = [entry.id for entry in await queries.all_entries(connection, dj_id)]
            if sorted(present) != sorted(entry_ids):
                raise QueueChanged(present)
            await queries.set_order(connection, dj_id, entry_ids)
        return await self._changed(dj_id)

    async def remove(self, dj_id: UserId, entry_id: EntryId) -> list[QueuedTrack]:
        """Raises EntryNotFound."""
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            if not await queries.delete_entry(connection, dj_id, entry_id):
                raise EntryNotFound
        return await self._changed(dj_id)

    async def clear(self, dj_id: UserId) -> list[QueuedTrack]:
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            await queries.delete_all(connection, dj_id)
        return await self._changed(dj_id)

    async def next_entries(self, dj_id: UserId, limit: int) -> list[NextTrack]:
        """The first `limit` that can be played; what is not ready waits in the queue and is passed over."""
        async with self._database.connection() as connection:
            entries = await queries.next_ready(connection, dj_id, limit)
            queued = await self._with_tracks(connection, dj_id, entries)
        playable = [(item.entry.id, PlayableTrack.of(item.track)) for item in queued]
        return [NextTrack(entry_id, track) for entry_id, track in playable if track is not None]

    async def remove_played(self, connection: Connection, entry_id: EntryId) -> None:
        """Take out what a mix has played; one that is gone already stays gone."""
        await queries.delete_played(connection, entry_id)

    async def _changed(self, dj_id: UserId) -> list[QueuedTrack]:
        await self._listener.queue_changed(dj_id)
        return await self.all(dj_id)

    async def _with_tracks(self, connection: Connection, dj_id: UserId, entries: list[Entry]) -> list[QueuedTrack]:
        tracks = await self._tracks.find_many(connection, dj_id, [entry.track_id for entry in entries])
        # A track that was deleted between the two statements took its entries with it.
        return [QueuedTrack(entry, tracks[entry.track_id]) for entry in entries if entry.track_id in tracks]
